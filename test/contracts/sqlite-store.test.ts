import { temporarySqliteStore } from '../store/temporary-store.ts';
import { storeContract } from './store.ts';

storeContract('SQLite', temporarySqliteStore);
