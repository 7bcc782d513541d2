import type { Cli } from '../cli.js';
import { Screen } from './screen.js';
import type { Turn } from './turn.js';
import { turnJson } from './turn-json.js';
import { windowLines, wholeLines } from './turn-lines.js';

/** Where the turns go. */
export interface TurnOutput {
  /** @throws {OutputClosed} @throws {GuruError} */
  show(turn: Turn): Promise<void>;
  /** Tells in one line why there is no new turn, or what is not as it was to be expected. */
  tell(line: string): void;
  close(): void;
}

/** @param every seconds between two turns */
export function createOutput(cli: Cli, format: 'text' | 'json', every: number): TurnOutput {
  const isScreen = format === 'text' && cli.stdout.isTTY && cli.env['TERM'] !== 'dumb';
  return isScreen ? onScreen(cli, every) : inLines(cli, format, every);
}

/** In place. */
function onScreen(cli: Cli, every: number): TurnOutput {
  let last: Turn | null = null;
  let told: string[] = [];
  const draw = async (turn: Turn): Promise<void> =>
    screen.draw(windowLines({ ...turn, notes: [...told, ...turn.notes] }, every, screen.window));
  const redraw = (): void => {
    // The next turn's drawing meets the same error, and tells it.
    if (last !== null) draw(last).catch(() => {});
  };
  const screen = new Screen(cli, redraw);
  return {
    async show(turn) {
      last = turn;
      await draw(turn);
      told = [];
    },
    tell(line) {
      if (told.includes(line)) return;
      told = [line];
      redraw();
    },
    close: () => screen.close(),
  };
}

/** One block, or one line of JSON, after the other. */
function inLines(cli: Cli, format: 'text' | 'json', every: number): TurnOutput {
  let first = true;
  let told: string | null = null;
  return {
    async show(turn) {
      const text = wholeLines(turn, every).map((line) => `${line.text}\n`);
      if (format === 'json') await cli.write(turnJson(turn));
      else await cli.write(`${first ? '' : '\n'}${text.join('')}`);
      first = false;
    },
    tell(line) {
      if (line !== told) cli.warn(line);
      told = line;
    },
    close: () => {},
  };
}
