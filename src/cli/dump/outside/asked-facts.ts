import { answerWithin, evaluate, NO_ANSWER } from '../../../inspector/cdp.js';
import type { OpenInspector } from './open-inspector.js';

const FACTS_MS = 1000;

/** What a process told of itself, where it was asked. */
export interface AskedFacts {
  argv: string[];
  execArgv: string[];
  version: string;
  v8: string;
  arch: string;
  hostname: string | null;
}

/** Asks the main thread, if it takes interrupts. Never rejects. */
export async function askFacts({
  cdp,
  answers,
}: Pick<OpenInspector, 'cdp' | 'answers'>): Promise<AskedFacts | null> {
  if (!answers) return null;
  try {
    const expression = `(${readOwnFacts.toString()})()\n//# sourceURL=guru-meditation:facts`;
    const facts = await answerWithin(evaluate(cdp, expression, FACTS_MS), FACTS_MS);
    return facts === NO_ANSWER ? null : (facts as AskedFacts);
  } catch {
    return null; // the command line says nearly the same
  }
}

/** Runs in the process that is looked at, as source text. */
function readOwnFacts(): AskedFacts {
  let hostname: string | null = null;
  try {
    hostname = process.getBuiltinModule('os').hostname();
  } catch {
    // Before 20.16 there is no such function: then it is this machine's.
  }
  const { argv, execArgv, version, versions, arch } = process;
  return { argv: [...argv], execArgv: [...execArgv], version, v8: versions.v8, arch, hostname };
}
