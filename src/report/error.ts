/** What went wrong, for programs: the value of {@link GuruError.code}. */
export type GuruErrorCode =
  | 'ERR_GURU_OPTION' // an option has a value that cannot be used
  | 'ERR_GURU_CONFIG_FILE' // the configuration file cannot be read or parsed
  | 'ERR_GURU_FORMAT' // a report was asked for in an unknown format
  | 'ERR_GURU_SECTION' // a section was registered wrongly
  | 'ERR_GURU_REPORT' // a report could not be made or parsed
  | 'ERR_GURU_TARGET' // a process that a command is about cannot be found or reached, or has ended
  | 'ERR_GURU_SINK'; // a report could not be written where it was asked for

/** The one error class of this library: a line for people, a `code` for programs, the `cause` where there is one. */
export class GuruError extends Error {
  override readonly name = 'GuruError';
  readonly code: GuruErrorCode;

  constructor(code: GuruErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
