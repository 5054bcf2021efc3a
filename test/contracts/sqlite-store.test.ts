import { temporarySqliteStore } from '../store/temporary-store.ts';
import { storeContract } from './store.ts';
import { storeCounts } from './store-counts.ts';
import { storeModel } from './store-model.ts';

storeContract('SQLite', temporarySqliteStore);
storeModel('SQLite', temporarySqliteStore, 60);
storeCounts('The SQLite store', temporarySqliteStore, { numRuns: 30 });
