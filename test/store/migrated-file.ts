import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';

/**
 * Writes an empty, migrated database to `file`, for tests that are not about migrations: these take as long as everything else
 * that opening a file takes. The content is made once in each worker.
 */
export async function migratedFile(file: string): Promise<void> {
  content ??= await migrate();
  writeFileSync(file, content);
}

let content: Buffer | null = null;

async function migrate(): Promise<Buffer> {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-migrated-'));
  const file = join(directory, 'pool.db');
  const store = await openSqliteStore({ file });
  await store[Symbol.asyncDispose]();
  const migrated = readFileSync(file);
  rmSync(directory, { recursive: true });
  return migrated;
}
