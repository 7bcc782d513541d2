/**
 * Installs the other supported Node versions, from npm, into the ignored folder `.nodes`, and gives the paths of their
 * executables. They are no devDependencies: 100 MB each, for those who run `npm run test:nodes` only.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

export const MAJORS = ['22', '24', '26'];

/** @returns {{ major: string, path: string }[]} */
export function installOtherNodes(majors = MAJORS) {
  const folder = resolve('.nodes');
  const nodes = majors.map((major) => ({ major, path: resolve(folder, `node_modules/n${major}/bin/node`) }));
  if (nodes.every(({ path }) => existsSync(path))) return nodes;
  mkdirSync(folder, { recursive: true });
  const platform = `${process.platform}-${process.arch}`;
  const dependencies = Object.fromEntries(
    majors.map((major) => [`n${major}`, `npm:node-${platform}@${major}`]),
  );
  writeFileSync(
    resolve(folder, 'package.json'),
    `${JSON.stringify({ private: true, dependencies }, null, 2)}\n`,
  );
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`npm could not install node-${platform} ${majors.join(', ')}`);
  return nodes;
}
