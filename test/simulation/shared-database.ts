import type { Clock } from '../../src/clock.ts';
import type { LeaseStore } from '../../src/store/lease-store.ts';
import { type Commit, type Store, StoreFailedError } from '../../src/store/store.ts';
import { lateStore, ticks } from '../store/late-store.ts';
import type { Life } from '../virtual/life.ts';
import { Prng } from './prng.ts';

interface Listener {
  readonly name: string;
  readonly notify: (commit: Commit) => void;
}

/**
 * One database as several processes use it: answers come late and in another order, and each process is notified of the
 * commits of the others. Renewals can fail, commits can be slow, and notifications can be lost.
 */
export class SharedDatabase {
  /** null before the first start. */
  store: Store | null = null;
  /** How many processes were started. */
  starts = 0;
  readonly #prng: Prng;
  readonly #clock: Pick<Clock, 'sleep' | 'monotonicMs'>;
  readonly #sendingSinceMs = new Map<string, number>();
  #listeners: readonly Listener[] = [];
  #pendingOf: readonly (() => number)[] = [];
  #newest = 0;
  readonly #failing = new Set<string>();
  readonly #slowMs = new Map<string, number>();
  /** By process: how many of its commits have no answer yet. */
  readonly #slow = new Map<string, number>();
  #calmed = new AbortController();
  #notificationsAreLost = false;
  #holding = 0;

  constructor(seed: number, clock: Pick<Clock, 'sleep' | 'monotonicMs'>) {
    this.#prng = new Prng(seed, 121);
    this.#clock = clock;
  }

  /** Some answer is on its way. */
  get isAnswering(): boolean {
    return this.#holding > 0 || this.#pendingOf.some((pending) => pending() > 0);
  }

  /** The answer to some commit of this process is late. */
  isSlow(name: string): boolean {
    return (this.#slow.get(name) ?? 0) > 0;
  }

  /** When the last commit of this process began that marks an order as sent. */
  sendingSinceMs(name: string): number {
    return this.#sendingSinceMs.get(name) ?? -Infinity;
  }

  /** The lease of this process can neither be taken nor renewed until the returned function is called. */
  failRenewals(name: string): () => void {
    this.#failing.add(name);
    return () => void this.#failing.delete(name);
  }

  /** The answers to the commits of this process take this long, until the returned function is called. */
  slowCommits(name: string, ms: number): () => void {
    this.#slowMs.set(name, ms);
    return () => void this.#slowMs.delete(name);
  }

  /** No process is notified of a commit until the returned function is called. Then each is notified of the newest. */
  loseNotifications(): () => void {
    this.#notificationsAreLost = true;
    return () => {
      this.#notificationsAreLost = false;
      for (const { notify } of this.#listeners) notify({ revision: this.#newest });
    };
  }

  /** Ends all faults. What is late is answered now. */
  calm(): void {
    this.#failing.clear();
    this.#slowMs.clear();
    this.#calmed.abort();
    this.#calmed = new AbortController();
    if (this.#notificationsAreLost) this.loseNotifications()();
  }

  /** As the process of that name uses it. `onDecision`: called right after a write that carries a lease. */
  storeOf(name: string, life: Life, onDecision: () => void): Store {
    const { store } = this;
    if (store === null) throw new Error('the database is not open');
    const options = { random: () => this.#prng.fraction(), wait: ticks };
    const write: Store['write'] = async (changes, at, condition) => {
      if (changes[0]?.change === 'orderSent') this.#sendingSinceMs.set(name, this.#clock.monotonicMs());
      const commit = await store.write(changes, at, condition);
      if (condition?.lease) onDecision();
      return commit;
    };
    const written = new Proxy(store, {
      get: (target, key) => {
        const member: unknown = key === 'write' ? write : Reflect.get(target, key);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const late = lateStore(written, options);
    this.#pendingOf = [...this.#pendingOf, late.pending];
    const leases = life.mortal(this.#leasesOf(name, store.leases));
    const committing = async (commit: Promise<Commit>): Promise<Commit> => {
      const committed = await commit;
      this.#committed(name, committed);
      const slowMs = this.#slowMs.get(name);
      if (slowMs === undefined) return committed;
      this.#slow.set(name, (this.#slow.get(name) ?? 0) + 1);
      await this.#clock.sleep(slowMs, this.#calmed.signal);
      this.#slow.set(name, (this.#slow.get(name) ?? 0) - 1);
      return committed;
    };
    const used = new Proxy(late.store, {
      get: (target, key) => {
        if (key === 'leases') return leases;
        if (key === 'watchCommits') return (notify: Listener['notify']) => this.#watch(name, life, notify);
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        if (key !== 'write' && key !== 'acquire') return member.bind(target);
        return (...args: unknown[]) => committing(Reflect.apply(member, target, args));
      },
    });
    return life.mortal(used);
  }

  #leasesOf(name: string, leases: LeaseStore): LeaseStore {
    return {
      shared: true,
      hold: async (request) => {
        this.#holding += 1;
        try {
          if (this.#failing.has(name)) throw new StoreFailedError('the connection was lost');
          return await leases.hold(request);
        } finally {
          await ticks(this.#prng.below(4));
          this.#holding -= 1;
        }
      },
      release: (lease) => leases.release(lease),
      holders: (at) => leases.holders(at),
      serverTime: () => leases.serverTime(),
    };
  }

  #watch(name: string, life: Life, notify: Listener['notify']): Disposable {
    const listener = { name, notify: (commit: Commit) => life.whenAwake(() => notify(commit)) };
    this.#listeners = [...this.#listeners, listener];
    return {
      [Symbol.dispose]: () => {
        this.#listeners = this.#listeners.filter((one) => one !== listener);
      },
    };
  }

  #committed(by: string, commit: Commit): void {
    this.#newest = Math.max(this.#newest, commit.revision);
    if (this.#notificationsAreLost) return;
    for (const { name, notify } of this.#listeners) if (name !== by) notify(commit);
  }
}
