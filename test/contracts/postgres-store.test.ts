import { afterAll, describe } from 'vitest';
import { sharedPostgres } from '../postgres/shared-server.ts';
import { dropUnused, keptPostgresStore } from '../postgres/temporary-store.ts';
import { storeContract } from './store.ts';
import { storeCounts } from './store-counts.ts';
import { storeModel } from './store-model.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)('PostgreSQL', () => {
  afterAll(dropUnused);
  storeContract('PostgreSQL', keptPostgresStore, { hasServerClock: true });
  storeModel('PostgreSQL', keptPostgresStore, 20);
  storeCounts('The PostgreSQL store', keptPostgresStore, { numRuns: 10, hasServerClock: true });
});
