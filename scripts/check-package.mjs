/**
 * Packs the package, checks the tarball, installs it into an empty folder and has a CommonJS and an ES module
 * application, set up by flag and in code, print one report each on a real signal.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const folder = mkdtempSync(join(tmpdir(), 'guru-package-'));

function run(command, args, cwd = process.cwd()) {
  const { status, stdout } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status})\n${stdout}`);
  return stdout;
}

const APPLICATIONS = [
  { name: 'app.mjs', flags: ['--import', 'guru-meditation/register'], code: '' },
  { name: 'app.cjs', flags: ['--import', 'guru-meditation/register'], code: '' },
  { name: 'code.mjs', flags: [], code: "import { setupAutorun } from 'guru-meditation';\nsetupAutorun();\n" },
  { name: 'code.cjs', flags: [], code: "require('guru-meditation').setupAutorun();\n" },
];

async function reportFrom({ name, flags, code }) {
  writeFileSync(join(folder, name), `${code}setInterval(() => {}, 1e6);\nconsole.log('ready');\n`);
  const child = spawn(process.execPath, [...flags, name], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  try {
    await once(child.stdout, 'data');
    child.kill('SIGUSR2');
    for (const end = Date.now() + 30_000; !stderr.includes('Configuration') && Date.now() < end;)
      await sleep(20);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit').catch(() => {});
  }
  for (const section of ['Guru Meditation', 'Package', 'Threads', 'Processes', 'Configuration']) {
    assert.match(stderr, new RegExp(`^====  +${section}  +====$`, 'm'), `${name}: ${stderr}`);
  }
  console.log(`${name}: one report of ${stderr.length} characters`);
}

try {
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]),
  );
  const tarball = join(folder, filename);
  run(resolve('node_modules/.bin/publint'), ['run', '--strict', tarball]);
  run(resolve('node_modules/.bin/attw'), ['--profile', 'esm-only', tarball]);
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', tarball], folder);
  const installed = JSON.parse(
    readFileSync(join(folder, 'node_modules/guru-meditation/package.json'), 'utf8'),
  );
  console.log(`packed and installed ${installed.name} ${installed.version}`);
  for (const application of APPLICATIONS) await reportFrom(application);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
