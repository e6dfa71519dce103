/** Closed list of error codes. Scripts may rely on them. */
const ERROR_CODES = [
  'bad-config',
  'bad-gage-file',
  'bad-json',
  'bad-opref',
  'bad-pattern',
  'bad-request',
  'claimed',
  'foreign',
  'guild',
  'io',
  'missing-exec',
  'no-gage-file',
  'no-operation',
  'no-run',
  'not-a-run',
  'optimizer-failed',
  'staging-failed',
  'supervisor',
  'unmet-dependency',
  'unreadable',
  'unsafe-path',
  'wrong-status',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** True for a code of the list, for what comes from another process. */
export function isErrorCode(value: string): value is ErrorCode {
  return ERROR_CODES.some((code) => code === value);
}

/**
 * The one error type that Runyard throws on purpose. `message` says what happened,
 * `hint` what the person can do about it. Cancellation is not an error: it is the
 * signal's own `AbortError`.
 */
export class RunyardError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'RunyardError';
    this.code = code;
    this.hint = options.hint;
  }
}

/** What is said of a run that is left alone for its status; users of Guild know the words. */
export function skipText(id: string, seen: string, expected = 'staged'): string {
  return `Skipping ${id} - status is '${seen}' but expected '${expected}'`;
}

/** `wrong-status` in the words of {@link skipText}. */
export function wrongStatus(id: string, seen: string, expected = 'staged'): RunyardError {
  return new RunyardError('wrong-status', skipText(id, seen, expected));
}

/** True when `error` is a Node system error with one of `codes` (`ENOENT` and the like). */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    codes.includes(error.code)
  );
}

/** One line that describes any thrown value, without a stack. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
