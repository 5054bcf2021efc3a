import type Database from 'better-sqlite3';
import { z } from 'zod';
import { assertNotCopied, type CopyDirection, type CopyMark, copyMarkOf } from '../copy-mark.ts';

export function readCopyMark(client: Database.Database, direction: CopyDirection): CopyMark | null {
  const row = rowSchema.optional().parse(client.prepare(READ).get(direction));
  return row === undefined ? null : copyMarkOf(row);
}

/** Replaces the last one of the same direction. */
export function writeCopyMark(client: Database.Database, direction: CopyDirection, mark: CopyMark): void {
  client.prepare(WRITE).run(direction, mark.database, mark.at.getTime(), mark.fingerprint);
}

export function removeCopyMark(client: Database.Database, direction: CopyDirection): void {
  client.prepare('DELETE FROM copies WHERE direction = ?').run(direction);
}

/** @throws StoreUnusableError if the file was copied to another database. */
export const assertFileNotCopied = (client: Database.Database): void =>
  assertNotCopied(client.name, readCopyMark(client, 'to'));

const READ = 'SELECT database, copied_at AS copiedAt, fingerprint FROM copies WHERE direction = ?';
const WRITE = `INSERT INTO copies (direction, database, copied_at, fingerprint) VALUES (?, ?, ?, ?)
  ON CONFLICT (direction) DO UPDATE SET database = excluded.database, copied_at = excluded.copied_at, fingerprint = excluded.fingerprint`;

const rowSchema = z.object({ database: z.string(), copiedAt: z.number(), fingerprint: z.string() });
