import { deepStrictEqual } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type AcquireRequest, fingerprintOf } from '../../src/domain/acquisition.ts';
import type { Change } from '../../src/domain/change.ts';
import type { Quota } from '../../src/domain/quota.ts';
import { type AvailableStamp, type ObservedWithheld, ttlSeconds } from '../../src/domain/stamp.ts';
import { type BatchId, type Depth, nodeName, plur, depth as toDepth } from '../../src/domain/units.ts';
import type { AcquireMoment, Store } from '../../src/store/store.ts';
import { aRequest, aStamp, batchId, hours, momentAt, NODE } from '../builders.ts';
import type { OpenedStore } from './store.ts';
import { acquireAll, allAcquisitions, batchOf } from './store-steps.ts';

const OTHER = nodeName('other');
/** The last stamp of depth 18 is only for requests of 18. */
const FLOOR = new Map([[toDepth(18), 1]]);

/** What a store of available stamps comes down to: plain maps, and a moment that only grows. */
class Model {
  hour = 0;
  readonly stamps = new Map<BatchId, AvailableStamp & { ended: 'acquired' | 'expired' | null }>();
  readonly acquired: BatchId[] = [];
  readonly keys = new Map<string, { readonly batchId: BatchId; readonly fingerprint: string }>();
  readonly demand = new Map<string, number>();
  readonly used = new Map<string, { stamps: number; cost: bigint }>();

  get moment(): AcquireMoment {
    return {
      ...momentAt(hours(this.hour), 2 * 3600),
      fallback: { exactFloor: FLOOR, maxSteps: 2 },
      lastResortNodes: new Set(this.hour % 2 === 1 ? [OTHER] : []),
    };
  }

  /** By the words of the port: the exact depth first, else the smallest larger one; nodes of last resort last; the soonest to expire. */
  best(request: AcquireRequest): BatchId | undefined {
    const { lastResortNodes } = this.moment;
    const promised = Math.max(this.moment.promisedTtlSeconds, request.minTtlSeconds);
    const given = [...this.stamps.values()]
      .filter((stamp) => stamp.ended === null && stamp.withheld === null)
      .filter((stamp) => ttlSeconds(stamp, this.moment.at) >= this.moment.promisedTtlSeconds);
    const keptFor = (depth: Depth): boolean =>
      depth !== request.depth &&
      given.filter((stamp) => stamp.depth === depth).length <= (FLOOR.get(depth) ?? 0);
    return given
      .filter((stamp) => ttlSeconds(stamp, this.moment.at) >= promised)
      .filter(({ depth }) => (request.allowLarger ? depth >= request.depth : depth === request.depth))
      .filter(({ depth }) => depth - request.depth <= 2 && !keptFor(depth))
      .filter(({ node }) => request.node === null || node === request.node)
      .toSorted(
        (a, b) =>
          a.depth - b.depth ||
          Number(lastResortNodes.has(a.node)) - Number(lastResortNodes.has(b.node)) ||
          a.expiresAt.getTime() - b.expiresAt.getTime() ||
          (a.batchId < b.batchId ? -1 : 1),
      )
      .at(0)?.batchId;
  }

  acquire(request: AcquireRequest): {
    readonly is: string;
    readonly batchId?: BatchId;
    readonly replayed?: boolean;
  } {
    const key =
      request.idempotencyKey === null ? null : JSON.stringify([request.caller, request.idempotencyKey]);
    const earlier = key === null ? undefined : this.keys.get(key);
    if (earlier) {
      const same = earlier.fingerprint === fingerprintOf(request);
      return same ? { is: 'acquired', batchId: earlier.batchId, replayed: true } : { is: 'conflict' };
    }
    const best = this.best(request);
    const stamp = best && this.stamps.get(best);
    const day = this.moment.wallClock.toISOString().slice(0, 10);
    for (const { subject, stamps: most, cost } of request.quotas) {
      const used = this.used.get(`${day} ${subject}`) ?? { stamps: 0, cost: 0n };
      if (most !== null && used.stamps + 1 > most) return { is: 'quotaExceeded' };
      if (cost !== null && used.cost + (stamp?.cost ?? 1n) > cost) return { is: 'quotaExceeded' };
    }
    const outcome = !stamp ? 'exhausted' : stamp.depth === request.depth ? 'met' : 'met_by_larger';
    const counted = `${this.hour} ${request.depth} ${outcome}`;
    this.demand.set(counted, (this.demand.get(counted) ?? 0) + 1);
    if (!stamp) return { is: 'exhausted' };
    stamp.ended = 'acquired';
    this.acquired.push(stamp.batchId);
    for (const { subject } of request.quotas) {
      const used = this.used.get(`${day} ${subject}`) ?? { stamps: 0, cost: 0n };
      this.used.set(`${day} ${subject}`, { stamps: used.stamps + 1, cost: used.cost + stamp.cost });
    }
    if (key !== null) this.keys.set(key, { batchId: stamp.batchId, fingerprint: fingerprintOf(request) });
    return { is: 'acquired', batchId: stamp.batchId, replayed: false };
  }

  /** The outcome of the request if this stamp expires before it. Nothing changes. */
  acquireAfterExpiry(request: AcquireRequest, id: BatchId): object {
    const copy = new Model();
    copy.hour = this.hour;
    for (const [key, stamp] of this.stamps) copy.stamps.set(key, { ...stamp });
    for (const [key, acquired] of this.keys) copy.keys.set(key, acquired);
    for (const [subject, used] of this.used) copy.used.set(subject, used);
    copy.change(id, { ended: 'expired' });
    return copy.acquire(request);
  }

  add(stamp: AvailableStamp): void {
    if (!this.stamps.has(stamp.batchId)) this.stamps.set(stamp.batchId, { ...stamp, ended: null });
  }

  change(id: BatchId, change: Partial<AvailableStamp> & { readonly ended?: 'expired' }): void {
    const stamp = this.stamps.get(id);
    if (stamp?.ended === null) this.stamps.set(id, { ...stamp, ...change });
  }
}

interface Real {
  store: Store;
  readonly reopen: () => Promise<Store>;
}

/** One step of both. Afterwards both must return the same. */
const step = (
  name: string,
  run: (model: Model, real: Real) => Promise<void>,
): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real);
    await compare(model, real.store);
  },
  toString: () => name,
});

async function compare(model: Model, store: Store): Promise<void> {
  const available = [...model.stamps.values()].filter(
    (stamp) =>
      stamp.ended === null &&
      stamp.withheld === null &&
      ttlSeconds(stamp, model.moment.at) >= model.moment.promisedTtlSeconds,
  );
  const levels = new Map<number, number>();
  for (const { depth } of available) levels.set(depth, (levels.get(depth) ?? 0) + 1);
  deepStrictEqual(await store.levels(model.moment), levels);
  const shown = await store.availableStamps({ first: 100, after: null, depth: null }, model.moment);
  deepStrictEqual(
    new Set(shown.items.map(({ item }) => item.batchId)),
    new Set(available.map((stamp) => stamp.batchId)),
  );
  deepStrictEqual(
    (await allAcquisitions(store)).map((acquisition) => acquisition.batchId),
    model.acquired.toReversed(),
  );
  for (const stamp of model.stamps.values()) {
    const found = await store.stamp(stamp.batchId);
    deepStrictEqual([found?.state, found?.depth], [stamp.ended ?? 'available', stamp.depth]);
  }
  const demand = (await store.demandSince(hours(0))).map(
    ({ hour, depth, outcome, count }) =>
      [`${(hour.getTime() - hours(0).getTime()) / 3_600_000} ${depth} ${outcome}`, count] as const,
  );
  deepStrictEqual(new Map(demand), model.demand);
}

const ids = fc.integer({ min: 1, max: 12 });
const depths = fc.constantFrom(17, 18, 20);
const nodes = fc.constantFrom(NODE, OTHER);
const stamps = fc
  .record({ n: ids, depth: depths, node: nodes, ttlHours: fc.integer({ min: 0, max: 9 }) })
  .map((wishes) => aStamp({ ...wishes, cost: 10n << BigInt(wishes.depth - 17) }));
/** A group of all callers, and each caller; a stamp costs 10 PLUR for depth 17, and twice that for the next depth. */
const quotas = (caller: string): fc.Arbitrary<readonly Quota[]> =>
  fc
    .tuple(fc.constantFrom(null, 0, 1, 3), fc.constantFrom(null, 9n, 20n, 100n), fc.constantFrom(null, 5))
    .map(([ofCaller, cost, ofAll]) => [
      { subject: caller, stamps: ofCaller, cost: cost === null ? null : plur(cost) },
      { subject: 'all', stamps: ofAll, cost: null },
    ]);
const requests = fc
  .record({
    depth: depths,
    allowLarger: fc.boolean(),
    node: fc.option(nodes),
    minTtlSeconds: fc.constantFrom(0, 3 * 3600),
    idempotencyKey: fc.option(fc.constantFrom('k', 'l')),
    caller: fc.constantFrom('a', 'b'),
  })
  .chain((wishes) => fc.option(quotas(wishes.caller)).map((of) => aRequest({ ...wishes, quotas: of ?? [] })));

const shown = (request: AcquireRequest): string =>
  JSON.stringify(request, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));

const summaryOf = (outcome: Awaited<ReturnType<typeof acquireAll>>[number]): object =>
  outcome.is === 'acquired'
    ? { is: outcome.is, batchId: outcome.acquisition.batchId, replayed: outcome.replayed }
    : { is: outcome.is };

const steps = [
  fc.array(stamps, { minLength: 1, maxLength: 4 }).map((added) =>
    step(
      `add ${added.map(({ batchId: id, depth }) => `${Number(`0x${id}`)} (${depth})`).join(', ')}`,
      async (model, { store }) => {
        for (const stamp of added) model.add(stamp);
        await store.write(
          added.map((stamp) => ({ change: 'stampAdded', stamp })),
          model.moment.at,
        );
      },
    ),
  ),
  fc.array(requests, { minLength: 1, maxLength: 4 }).map((asked) =>
    step(`acquire ${asked.map(shown).join(', ')}`, async (model, { store }) => {
      const outcomes = await acquireAll(store, asked, model.moment);
      deepStrictEqual(
        outcomes.map(summaryOf),
        asked.map((request) => model.acquire(request)),
      );
    }),
  ),
  fc.tuple(depths, fc.integer({ min: 2, max: 6 })).map(([depth, clients]) =>
    step(`${clients} clients at once, depth ${depth}`, async (model, { store }) => {
      const request = aRequest({ depth });
      const all = Array.from({ length: clients }, () => request);
      const outcomes = (await Promise.all(all.map((each) => acquireAll(store, [each], model.moment)))).flat();
      const given = new Set(outcomes.map(batchOf).filter((id) => id !== undefined));
      const expected = all.map(() => model.acquire(request).batchId).filter((id) => id !== undefined);
      deepStrictEqual(given, new Set(expected));
      deepStrictEqual(outcomes.filter(({ is }) => is === 'acquired').length, expected.length);
    }),
  ),
  // Without quotas: a refusal does not show whether the stamp had expired before it.
  fc
    .tuple(
      requests.map((request) => ({ ...request, quotas: [] })),
      ids,
    )
    .map(([request, n]) =>
      step(`${shown(request)} while ${n} expires`, async (model, { store }) => {
        const expiry: readonly Change[] = [{ change: 'stampExpired', batchId: batchId(n) }];
        const [outcomes] = await Promise.all([
          acquireAll(store, [request], model.moment),
          store.write(expiry, model.moment.at),
        ]);
        // Which came first is the store's to choose: what it says must fit one of the two.
        const [outcome] = outcomes.map(summaryOf);
        const expiredFirst = isDeepStrictEqual(outcome, model.acquireAfterExpiry(request, batchId(n)));
        if (expiredFirst) model.change(batchId(n), { ended: 'expired' });
        deepStrictEqual(outcome, model.acquire(request));
        model.change(batchId(n), { ended: 'expired' });
      }),
    ),
  fc
    .tuple(ids, depths, fc.option(fc.constantFrom<ObservedWithheld>('missing', 'lost', 'in_use')))
    .map(([n, depth, withheld]) =>
      step(`${n} is seen: depth ${depth}, ${withheld}`, async (model, { store }) => {
        const seen = aStamp({ n, depth });
        const { amount, immutable } = seen;
        model.change(seen.batchId, { depth: seen.depth, withheld });
        const change = { change: 'stampSeen', batchId: seen.batchId, depth: seen.depth } as const;
        await store.write([{ ...change, amount, immutable, expiresAt: null, withheld }], model.moment.at);
      }),
    ),
  fc.integer({ min: 1, max: 3 }).map((later) =>
    step(`${later} hours pass`, async (model) => {
      model.hour += later;
    }),
  ),
  fc.constant(
    step('restart', async (_model, real) => {
      real.store = await real.reopen();
    }),
  ),
];

/** Holds an adapter to a model of a few lines, over random histories. */
export function storeModel(name: string, open: () => Promise<OpenedStore>, numRuns: number): void {
  test(`${name} behaves like a simple model, in any history, also with concurrent calls`, async () => {
    const holding = fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 25 }), async (history) => {
        const opened = await open();
        try {
          const real: Real = { store: opened.store, reopen: () => opened.reopen() };
          await fc.asyncModelRun(() => ({ model: new Model(), real }), history);
        } finally {
          await opened.cleanUp();
        }
      }),
      { numRuns },
    );
    await expect(holding).resolves.toBeUndefined();
  });
}
