import type { AvailableStamp } from '../../src/domain/stamp.ts';
import type { AcquireInput } from '../../src/pool/acquire-input.ts';
import type { AcquireResult } from '../../src/pool/pool.ts';
import type { ReserveLevels } from '../../src/signals/levels.ts';
import type { Page } from '../../src/store/store.ts';
import { aCaller } from '../builders.ts';
import type { Checker } from './checker.ts';
import type { Scene } from './environment.ts';
import { Dice } from './prng.ts';
import type { Run } from './world.ts';

/** One request of a client, as the checker keeps it. */
export interface Asked {
  readonly number: number;
  readonly caller: string;
  readonly input: AcquireInput & {
    readonly depth: number;
    readonly allowLarger: boolean;
    readonly minTtlSeconds: number;
  };
}

/** Clients that ask, ask again, watch the levels and go away. */
export class Clients {
  readonly #dice: Dice;
  readonly #scene: Scene;
  readonly #checker: Checker;
  readonly #asked: Asked[] = [];
  #watching: Watching[] = [];
  acquired = 0;

  constructor(seed: number, scene: Scene, checker: Checker) {
    this.#dice = new Dice(seed, 105);
    this.#scene = scene;
    this.#checker = checker;
  }

  /** Some clients ask in the same instant, some of them with a key. */
  async burst(): Promise<void> {
    const count = this.#dice.pick([1, 1, 2, 3, 5]);
    const asked = Array.from({ length: count }, () => this.#draw());
    this.#scene.acquiring();
    for (const one of asked) this.#send(one);
    await this.#settled();
  }

  /** Somebody who did not hear, or does not trust what was heard, asks the same again; or something else by the same key. */
  async retry(): Promise<void> {
    const withKey = this.#asked.filter(({ input }) => typeof input.idempotencyKey === 'string');
    if (withKey.length === 0) return;
    const before = this.#dice.pick(withKey);
    const twist = this.#dice.below(6);
    const input = twist === 0 ? { ...before.input, clientRef: 'another' } : before.input;
    const caller = twist === 1 ? (before.caller === 'a' ? 'b' : 'a') : before.caller;
    const again = { number: this.#asked.length, caller, input };
    this.#asked.push(again);
    this.#scene.acquiring();
    this.#send(again);
    await this.#settled();
  }

  async watch(): Promise<void> {
    const run = this.#scene.stage.run;
    if (run === null) return;
    const watching = { run, levels: run.core.pool.watchLevels() };
    this.#watching.push(watching);
    this.#checker.heard(watching, null);
    void this.#read(watching);
    await this.#settled();
  }

  async unwatch(): Promise<void> {
    const watching = this.#watching.pop();
    if (watching === undefined) return;
    this.#checker.leaves(watching);
    await watching.levels.return?.();
  }

  /** Reads what may be acquired, a few at a time. */
  async turnPages(): Promise<void> {
    const { stage, disk } = this.#scene;
    const { run } = stage;
    if (run === null) return;
    const before = disk.read();
    const listed: string[] = [];
    const first = this.#dice.between(1, 3);
    let after: string | null = null;
    do {
      const page: Page<AvailableStamp> | null = await run.core.pool
        .availableStamps({ first, after, depth: null })
        .catch(() => null); // the store failed, which is told elsewhere
      if (page === null || run.life.dead) return;
      listed.push(...page.items.map(({ item }) => item.batchId));
      after = page.hasNextPage ? (page.items.at(-1)?.cursor ?? null) : null;
    } while (after !== null && listed.length <= disk.read().stamps.size); // pages may repeat themselves
    this.#checker.listed(listed, { whole: disk.read() === before });
  }

  /** Their connections went with the process. */
  forgetWatchers(): void {
    this.#watching = [];
  }

  get watching(): number {
    return this.#watching.length;
  }

  #draw(): Asked {
    const dice = this.#dice;
    const policy = this.#scene.stage.policy;
    const key = dice.chance(60) ? `key-${dice.below(40)}` : null;
    const asked = {
      number: this.#asked.length,
      caller: dice.pick(['a', 'a', 'b']),
      input: {
        depth: dice.pick([17, 17, 17, 18, 20, ...policy.targets.keys()]),
        allowLarger: dice.chance(70),
        minTtlSeconds: dice.chance(80) ? 0 : dice.pick([1, 14, 24, 40]) * 3600,
        ...(key === null ? {} : { idempotencyKey: key }),
      },
    };
    this.#asked.push(asked);
    return asked;
  }

  #send(asked: Asked): void {
    const run = this.#scene.stage.run;
    if (run === null) return;
    const tell = (result: AcquireResult | null): void => {
      if (run.life.dead) return; // the answer went to a closed connection
      if (result?.is === 'acquired' && !result.replayed) this.acquired += 1;
      this.#checker.told(asked, result);
    };
    this.#checker.asking(asked);
    run.core.pool.acquire(asked.input, aCaller(asked.caller)).then(tell, () => tell(null));
  }

  async #settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // what arrives together is carried out in the next tick
    await this.#scene.stage.quiet();
  }

  async #read(watching: Watching): Promise<void> {
    for await (const levels of watching.levels) {
      const isThere = this.#watching.includes(watching) && !watching.run.life.dead;
      if (isThere) this.#checker.heard(watching, levels);
    }
  }
}

/** One client who watches the levels. */
interface Watching {
  readonly run: Run;
  readonly levels: AsyncIterableIterator<ReserveLevels>;
}
