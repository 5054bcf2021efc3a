import { EXIT, type ExitCode } from '../exit-code.ts';

interface Failing {
  /** For programs. */
  readonly code: string;
  readonly suggestion: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** A request to the service that gave no result. The message may hold text of the server. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  readonly suggestion: string;
  readonly exitCode: ExitCode;

  constructor(message: string, { code, suggestion, exitCode = EXIT.finding, cause }: Failing) {
    super(message, { cause });
    this.code = code;
    this.suggestion = suggestion;
    this.exitCode = exitCode;
  }
}

/** The service did not answer, or something else did. */
export const unreachable = (message: string, suggestion: string, cause?: unknown): ApiError =>
  new ApiError(message, { code: 'UNREACHABLE', suggestion, exitCode: EXIT.unreachable, cause });

/** Why a request failed before its response was complete: the code of the system with its meaning. */
export function describeFailure(error: unknown): string {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : cause.name;
    const meaning = MEANINGS[code];
    if (meaning !== undefined) return meaning;
    if (/CERT|SSL|TLS/.test(code)) return `its certificate is not accepted (${code}: ${cause.message})`;
    if (!(cause.cause instanceof Error)) return cause.message;
  }
  return String(error);
}

/** No connection was established, so the request was not sent. */
export function neverSent(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ('code' in cause && NOT_CONNECTED.has(String(cause.code))) return true;
  return false;
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const MEANINGS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'no program listens there (ECONNREFUSED)',
  ENOTFOUND: 'there is no host of this name (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host cannot be resolved (EAI_AGAIN)',
  ECONNRESET: 'the connection was reset (ECONNRESET)',
  UND_ERR_SOCKET: 'the connection was closed before the response was complete',
  EHOSTUNREACH: 'there is no route to the host (EHOSTUNREACH)',
  ENETUNREACH: 'there is no route to its network (ENETUNREACH)',
  ETIMEDOUT: 'the connection timed out (ETIMEDOUT)',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
  TimeoutError: 'it did not answer in time',
};
