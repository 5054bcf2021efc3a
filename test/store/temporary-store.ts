import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { migratedFile } from './migrated-file.ts';

/** A real file in a directory of its own. */
export async function temporarySqliteStore(): Promise<OpenedStore> {
  const directory = await mkdtemp(join(tmpdir(), 'stamp-pool-store-'));
  const file = join(directory, 'pool.db');
  await migratedFile(file);
  let store = await openSqliteStore({ file });
  return {
    store,
    reopen: async () => {
      await store[Symbol.asyncDispose]();
      store = await openSqliteStore({ file });
      return store;
    },
    cleanUp: async () => {
      await store[Symbol.asyncDispose]();
      await rm(directory, { recursive: true });
    },
  };
}
