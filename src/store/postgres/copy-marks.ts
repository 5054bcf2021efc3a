import { sql } from 'drizzle-orm';
import { assertNotCopied, type CopyRow, copyMarkOf } from '../copy-mark.ts';
import { type Asks, statement } from './statement.ts';

/** @throws StoreUnusableError if the database was copied to another one. `name`: for the message. */
export async function assertDatabaseNotCopied(database: Asks, name: string): Promise<void> {
  const [row] = await copiedTo(database, {});
  assertNotCopied(name, row === undefined ? null : copyMarkOf(row));
}

const copiedTo = statement<object, CopyRow>(
  'copied-to',
  sql`select database, copied_at as "copiedAt", fingerprint from copies where direction = 'to'`,
);
