/** The flags of Node's own diagnostic report, to stderr; without the look-up of every peer's name. */
export const REPORT_ON_SIGNAL = [
  '--report-on-signal',
  '--report-signal=SIGUSR2',
  '--report-filename=stderr',
  '--report-exclude-network',
];
