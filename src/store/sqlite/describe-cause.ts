import Database from 'better-sqlite3';
import { messageOf } from '../../domain/message-of.ts';
import { plainText } from '../../domain/plain-text.ts';

const MAX_LENGTH = 500;

/** An error as one line of bounded length, for the message of another one. */
export function describeCause(cause: unknown): string {
  const message = messageOf(cause);
  return plainText(
    cause instanceof Database.SqliteError ? `${message} (${cause.code})` : message,
    MAX_LENGTH,
  );
}
