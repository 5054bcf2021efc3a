import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrateDatabase } from '../../src/store/postgres/migrations.ts';
import { createDatabase, type TestDatabase, templateDatabase } from './shared-server.ts';

const JOURNAL = join(import.meta.dirname, '../../migrations/postgres/meta/_journal.json');

/** A database of its own with the tables of the service, empty. */
export async function migratedDatabase(serverUrl: string): Promise<TestDatabase> {
  const version = createHash('sha256').update(readFileSync(JOURNAL)).digest('hex').slice(0, 12);
  const template = await templateDatabase(serverUrl, version, (url) => migrateDatabase(url, 'template'));
  return await createDatabase(serverUrl, template);
}
