import { ConfigError } from '../config/config-error.ts';
import { StoreFailedError, StoreUnusableError } from '../store/store.ts';
import { plural } from './text/plural.ts';

/** EX_CONFIG of sysexits.h. A supervisor must not restart the service after it (docs/operating.md). */
const EXIT_CONFIG = 78;
const EXIT_FAILED = 1;

/** The text for standard error when `error` ends the process. Unexpected errors are shown with their stack. */
export function exitMessage(error: unknown): string {
  if (error instanceof ConfigError) return settingsMessage(error);
  if (error instanceof StoreUnusableError) return `The database cannot be used. ${error.message}`;
  if (error instanceof StoreFailedError) return `The database failed: ${error.message}`;
  return listenMessage(error) ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}

export const exitCode = (error: unknown): number =>
  error instanceof ConfigError ? EXIT_CONFIG : EXIT_FAILED;

/** Returns what `read` returns. If it throws, prints the message and ends the process. */
export function orExit<Value>(read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${exitMessage(error)}\n`);
    return process.exit(exitCode(error));
  }
}

function settingsMessage({ mistakes }: ConfigError): string {
  const count = plural(mistakes.length, 'mistake');
  return [`The settings have ${count}:`, ...mistakes.map((mistake) => `  ${mistake}`)].join('\n');
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use. Stop the program that uses it, or set PORT to another port.',
  EACCES: 'this user has no permission. Set PORT to a port above 1023.',
  EADDRNOTAVAIL: 'HOST is not an address of this machine.',
  ENOTFOUND: 'HOST is not an address of this machine.',
};

const LISTEN_CALLS: ReadonlySet<unknown> = new Set(['listen', 'bind', 'getaddrinfo']);

function listenMessage(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && 'syscall' in error)) return undefined;
  if (!LISTEN_CALLS.has(error.syscall)) return undefined; // an error of a file, for example, has the same codes
  const reason = LISTEN_ERRORS[String(error.code)];
  const address = 'port' in error ? `port ${String(error.port)}` : 'HOST and PORT';
  return reason && `Cannot listen on ${address}: ${reason}`;
}
