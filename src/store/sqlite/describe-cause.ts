import Database from 'better-sqlite3';

const MAX_LENGTH = 500;

/** An error as one line of bounded length, for the message of another one. */
export function describeCause(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const line = (cause instanceof Database.SqliteError ? `${message} (${cause.code})` : message)
    .slice(0, 2 * MAX_LENGTH)
    .replaceAll(/\s+/g, ' ')
    .trim();
  return line.length <= MAX_LENGTH ? line : `${line.slice(0, MAX_LENGTH)}…`;
}
