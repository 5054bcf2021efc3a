import { readdirSync, readFileSync } from 'node:fs';

/** Kept free of clients' connections: for the database, the Bee node and the log. */
const RESERVED = 64;
const MIN_CONNECTIONS = 10;
const CHECK_INTERVAL_MS = 5000;

/** How many connections fit beside what the process needs itself. node raises the soft limit to the hard one. */
export function maxConnectionsOf(wanted: number): number {
  return Math.min(wanted, Math.max(MIN_CONNECTIONS, limit() - RESERVED));
}

/**
 * Calls `report` while file descriptors are running out, with the figures. Beyond the limit the system accepts and closes
 * connections without an error. Returns a function that ends it.
 */
export function watchFileDescriptors(report: (detail: string) => void): () => void {
  const max = limit();
  const timer = setInterval(() => {
    const used = inUse(max);
    if (used > max - RESERVED) report(`${used} of ${max} are in use.`);
  }, CHECK_INTERVAL_MS).unref();
  return () => clearInterval(timer);
}

/** Infinity where the system does not say. */
function limit(): number {
  const [, soft] = /^Max open files\s+(\d+)/m.exec(readOrEmpty('/proc/self/limits')) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Number(soft);
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // not Linux
  }
}

/** Reading the directory needs a descriptor: without one, all are in use. */
function inUse(max: number): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch (error) {
    const isOut = error instanceof Error && 'code' in error && /^E[MN]FILE$/.test(String(error.code));
    return isOut ? max : 0;
  }
}
