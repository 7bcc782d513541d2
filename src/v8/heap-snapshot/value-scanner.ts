/** Reads one value of the snapshot's outermost object, piece by piece. */
export interface ValueScanner {
  /** Whether the value's last byte has been seen. */
  readonly done: boolean;
  /**
   * Reads on in `bytes` from `at`, up to `end` at most.
   * @returns where it stopped: behind the value's last byte if it is now done, else `end`
   * @throws HeapSnapshotError
   */
  scan(bytes: Uint8Array, at: number, end: number): number;
}
