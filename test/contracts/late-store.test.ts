import { Prng } from '../simulation/prng.ts';
import { lateStore, ticks } from '../store/late-store.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { type OpenedStore, storeContract } from './store.ts';
import { storeModel } from './store-model.ts';

let seed = 0;

async function temporaryLateStore(): Promise<OpenedStore> {
  const opened = await temporarySqliteStore();
  const prng = new Prng(seed++, 0);
  const late = (store: OpenedStore['store']) =>
    lateStore(store, { random: () => prng.fraction(), wait: ticks }).store;
  return {
    store: late(opened.store),
    reopen: async () => late(await opened.reopen()),
    cleanUp: () => opened.cleanUp(),
  };
}

storeContract('a store that answers late', temporaryLateStore);
storeModel('A store that answers late', temporaryLateStore, 20);
