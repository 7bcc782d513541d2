/**
 * The name of the function of ours by which V8 is asked for positions. Each call of it seems to be awaited by a function of the
 * program until V8 sweeps what is left of it.
 */
export const PROBE = 'guruMeditationProbe';

/** Source that the inspector evaluates has no script's name. */
export function isProbe({ functionName, script }: { functionName: string; script: string }): boolean {
  return functionName === PROBE && script === '';
}
