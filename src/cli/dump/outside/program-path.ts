import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Programs of this folder that run as processes of their own: the only modules that are started by their path. */
export type ProgramName = 'inspector-guard-program' | 'calibration-program';

/** Where a program is: beside this module, or, where modules were put together in bundles, below them. */
export function programPath(name: ProgramName): string {
  const places = [`./${name}.js`, `./dump/outside/${name}.js`].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  return places.find((place) => existsSync(place)) ?? places[0]!;
}
