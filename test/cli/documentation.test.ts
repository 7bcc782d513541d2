import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Cli } from '#src/cli/cli.js';
import { COMMANDS } from '#src/cli/commands.js';

const SECTIONS = ['NAME', 'SYNOPSIS', 'DESCRIPTION', 'OPTIONS', 'EXIT STATUS', 'EXAMPLES'];
const manual = readFileSync('docs/cli.md', 'utf8');

/** What is under `## guru NAME`. */
function chapterOf(name: string): string {
  const [, chapter] = manual.split(`\n## guru ${name}\n`);
  assert.ok(chapter !== undefined, `docs/cli.md has no chapter guru ${name}`);
  return chapter.split('\n## ')[0] ?? '';
}

test('every command, with every option, is in docs/cli.md', async () => {
  const cli = new Cli(process);
  for (const { name, summary, load } of COMMANDS) {
    const chapter = chapterOf(name);
    assert.deepEqual(
      [...chapter.matchAll(/^### ([A-Z ]+)$/gm)].map(([, title]) => title),
      SECTIONS,
      name,
    );
    assert.ok(chapter.includes(`\`guru ${name}\` – ${summary}\n`), `the summary of ${name}`);
    const command = (await load())(cli);
    for (const { long, short } of command.createHelp().visibleOptions(command)) {
      assert.ok(chapter.includes(`\`${short}\`, \`${long}`), `guru ${name} ${long}`);
    }
  }
});
