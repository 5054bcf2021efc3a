import type { Clock } from '../../src/clock.ts';
import type { LeaseStore } from '../../src/store/lease-store.ts';
import { openPostgresStore } from '../../src/store/postgres/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { TestDatabase } from '../postgres/shared-server.ts';
import { giveBack, takeDatabase } from '../postgres/temporary-store.ts';
import { type WatchedStore, watchedStore } from '../store/watched-store.ts';

/** The database of a world whose processes keep their store in PostgreSQL. */
export class PostgresDatabase implements AsyncDisposable {
  /** Runs with the virtual clock, and is not set when the clock of the process is. */
  readonly serverTime: () => Date;
  #database: TestDatabase | null = null;

  constructor(clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    const zeroMs = clock.now().getTime() - clock.monotonicMs();
    this.serverTime = () => new Date(zeroMs + clock.monotonicMs());
  }

  async open(newId: () => string): Promise<WatchedStore> {
    this.#database ??= await takeDatabase();
    const store = await openPostgresStore({ url: this.#database.url, newId });
    return watchedStore(withServerTime(store, this.serverTime));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#database !== null) await giveBack(this.#database);
  }
}

function withServerTime(store: Store, serverTime: () => Date): Store {
  const leases: LeaseStore = {
    shared: store.leases.shared,
    serverTime: async () => serverTime(),
    hold: (request) => store.leases.hold(request),
    release: (lease) => store.leases.release(lease),
    holders: (moment) => store.leases.holders(moment),
  };
  return new Proxy(store, {
    get: (target, key) => {
      if (key === 'leases') return leases;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
