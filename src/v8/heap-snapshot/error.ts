/**
 * Why a snapshot could not be read: `malformed`, it is no heap snapshot or contradicts itself; `truncated`, it stops
 * before its end; `memory`, reading it would take more memory than the reader may have.
 */
export type HeapSnapshotProblem = 'malformed' | 'truncated' | 'memory';

/** The one error that reading a heap snapshot throws. */
export class HeapSnapshotError extends Error {
  override readonly name = 'HeapSnapshotError';
  readonly problem: HeapSnapshotProblem;

  constructor(problem: HeapSnapshotProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.problem = problem;
  }
}

export function malformed(message: string): HeapSnapshotError {
  return new HeapSnapshotError('malformed', message);
}
