import type { AcquireResult } from '../../src/domain/acquisition.ts';
import type { AvailableStamp } from '../../src/domain/stamp.ts';
import type { AcquireInput } from '../../src/pool/acquire-input.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import type { Page } from '../../src/store/page.ts';
import { aCaller } from '../builders.ts';
import type { Checker } from './checker.ts';
import type { Environment } from './environment.ts';
import { Prng } from './prng.ts';
import type { RunningService } from './world.ts';

/** One acquire request of a client, as the checker records it. */
export interface Asked {
  readonly number: number;
  readonly caller: string;
  readonly input: AcquireInput & {
    readonly depth: number;
    readonly allowLarger: boolean;
    readonly minTtlSeconds: number;
  };
}

/** Clients that acquire, retry, subscribe to the levels and disconnect. */
export class Clients {
  readonly #prng: Prng;
  readonly #environment: Environment;
  readonly #checker: Checker;
  readonly #asked: Asked[] = [];
  #watching: Watching[] = [];
  acquired = 0;

  constructor(seed: number, environment: Environment, checker: Checker) {
    this.#prng = new Prng(seed, 105);
    this.#environment = environment;
    this.#checker = checker;
  }

  /** Several clients acquire at the same instant, some of them with a key. */
  async burst(): Promise<void> {
    const count = this.#prng.pick([1, 1, 2, 3, 5]);
    const asked = Array.from({ length: count }, () => this.#draw());
    this.#environment.acquiring();
    for (const one of asked) this.#send(one);
    await this.#settled();
  }

  /** A client repeats a request with its key, changes the request, or uses the key of another caller. */
  async retry(): Promise<void> {
    const withKey = this.#asked.filter(({ input }) => typeof input.idempotencyKey === 'string');
    if (withKey.length === 0) return;
    const before = this.#prng.pick(withKey);
    const variant = this.#prng.below(6);
    const input = variant === 0 ? { ...before.input, clientRef: 'another' } : before.input;
    const caller = variant === 1 ? (before.caller === 'a' ? 'b' : 'a') : before.caller;
    const again = { number: this.#asked.length, caller, input };
    this.#asked.push(again);
    this.#environment.acquiring();
    this.#send(again);
    await this.#settled();
  }

  async watch(): Promise<void> {
    const { service } = this.#environment.world;
    if (service === null) return;
    const watching = { service, levels: service.engine.pool.watchLevels() };
    this.#watching.push(watching);
    this.#checker.levelsReceived(watching, null);
    void this.#read(watching);
    await this.#settled();
  }

  async unwatch(): Promise<void> {
    const watching = this.#watching.pop();
    if (watching === undefined) return;
    this.#checker.unsubscribed(watching);
    await watching.levels.return?.();
  }

  /** Reads all pages of the available stamps. */
  async readPages(): Promise<void> {
    const { world, disk } = this.#environment;
    const { service } = world;
    if (service === null) return;
    const before = disk.read();
    const listed: string[] = [];
    const first = this.#prng.between(1, 3);
    let after: string | null = null;
    do {
      const page: Page<AvailableStamp> | null = await service.engine.pool
        .availableStamps({ first, after, depth: null })
        .catch(() => null); // the store failed, which is reported
      if (page === null || service.life.dead) return;
      listed.push(...page.items.map(({ item }) => item.batchId));
      after = page.hasNextPage ? (page.items.at(-1)?.cursor ?? null) : null;
    } while (after !== null && listed.length <= disk.read().stamps.size); // a faulty page may repeat itself
    this.#checker.listed(listed, { whole: disk.read() === before });
  }

  /** The connections of the subscribers end with the process. */
  forgetWatchers(): void {
    this.#watching = [];
  }

  get watching(): number {
    return this.#watching.length;
  }

  #draw(): Asked {
    const prng = this.#prng;
    const policy = this.#environment.world.policy;
    const key = prng.chance(60) ? `key-${prng.below(40)}` : null;
    const asked = {
      number: this.#asked.length,
      caller: prng.pick(['a', 'a', 'b']),
      input: {
        depth: prng.pick([17, 17, 17, 18, 20, ...policy.targets.keys()]),
        allowLarger: prng.chance(70),
        minTtlSeconds: prng.chance(80) ? 0 : prng.pick([1, 14, 24, 40]) * 3600,
        ...(key === null ? {} : { idempotencyKey: key }),
      },
    };
    this.#asked.push(asked);
    return asked;
  }

  #send(asked: Asked): void {
    const { service } = this.#environment.world;
    if (service === null) return;
    const answer = (result: AcquireResult | null): void => {
      if (service.life.dead) return; // the connection is closed
      if (result?.is === 'acquired' && !result.replayed) this.acquired += 1;
      this.#checker.clientAnswered(asked, result);
    };
    this.#checker.clientAsks(asked);
    service.engine.pool.acquire(asked.input, aCaller(asked.caller)).then(answer, () => answer(null));
  }

  async #settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // requests that arrive together are carried out in the next tick
    await this.#environment.world.quiet();
  }

  async #read(watching: Watching): Promise<void> {
    for await (const levels of watching.levels) {
      const isSubscribed = this.#watching.includes(watching) && !watching.service.life.dead;
      if (isSubscribed) this.#checker.levelsReceived(watching, levels);
    }
  }
}

/** A client that subscribes to the levels. */
interface Watching {
  readonly service: RunningService;
  readonly levels: AsyncIterableIterator<ReserveLevels>;
}
