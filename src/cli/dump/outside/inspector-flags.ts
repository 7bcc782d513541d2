/** What the options of Node say of its inspector. */
export interface InspectorFlags {
  /** It was opened at the start. It may have been closed since. */
  isOpen: boolean;
  /** The program begins only once a debugger is there. */
  waits: boolean;
  /** Where it listens, or would: `null` is any port. */
  port: number | null;
}

const DEFAULT_PORT = 9229;

/** @param options those of NODE_OPTIONS first, as the command line wins */
export function inspectorFlags(options: readonly string[]): InspectorFlags {
  const flags: InspectorFlags = { isOpen: false, waits: false, port: DEFAULT_PORT };
  for (const [at, option] of options.entries()) {
    const match = /^--(?:(inspect(?:-brk|-wait)?)|inspect-port|debug-port)(?:=(.*))?$/.exec(option);
    if (match === null) continue;
    const [, opens, value] = match;
    if (opens !== undefined) flags.isOpen = true;
    if (opens?.includes('-') === true) flags.waits = true;
    const given = value ?? (opens === undefined ? options[at + 1] : undefined);
    const port = /(?:^|:)(\d+)$/.exec(given ?? '')?.[1];
    if (port !== undefined) flags.port = port === '0' ? null : Number(port);
  }
  return flags;
}
