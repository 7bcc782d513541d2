/** Runs a command's start-up; if that fails, says why in one line and lets the process end with 1. */
export async function runService(name: string, start: () => Promise<void>): Promise<void> {
  try {
    await start();
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    // Not exit code 1 and wait: what was opened before the failure would keep the process.
    process.exit(1);
  }
}
