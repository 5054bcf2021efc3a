import { expect, it } from 'vitest';
import { type Bee, NO_FAILURES } from '../../src/bee/bee.ts';
import type { Change } from '../../src/domain/change.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { SeenStamp } from '../../src/domain/observation.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { type Depth, depth, type EthereumAddress } from '../../src/domain/units.ts';
import { Reconciler } from '../../src/reconciler/loop.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { Levels } from '../../src/signals/levels.ts';
import { NodeRuns } from '../../src/signals/node-runs.ts';
import { AllocationChangedError } from '../../src/store/allocation-store.ts';
import { momentOf } from '../../src/store/moment.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { untraced } from '../../src/trace.ts';
import { ADDRESS, anOrder, aStamp, batchId, NODE, OTHER_ADDRESS, orderId } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { withMembers } from '../store/with-members.ts';
import { quiet } from '../virtual/in-process.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { anObservation, batchOf, SYNCED } from './plan-input.ts';

const UNREACHABLE = {
  is: 'incomplete',
  node: NODE,
  code: 'NODE_UNREACHABLE',
  reason: '',
  addresses: [],
  chainId: null,
} as const;

interface Wishes {
  readonly policy?: Partial<Policy>;
  /** On disk before the loop starts. */
  readonly changes?: readonly Change[];
  /** What the node shows. */
  readonly stamps?: readonly SeenStamp[];
}

/** The loop of a node with a target of one stamp, on a store that can fail and whose lease can be taken. */
async function aLoop({ policy: wishes = {}, changes = [], stamps = [] }: Wishes = {}) {
  const temporary = await temporarySqliteStore();
  const clock = new VirtualClock();
  await temporary.store.write(changes, clock.now());
  const faults: Faults = {
    errors: [],
    isLeaseTaken: false,
    isSilent: false,
    isUnreachable: false,
    bug: null,
    address: ADDRESS,
  };
  const store = failingStore(temporary.store, faults);
  const policy = aPolicy({ targets: new Map([[depth(17), 1]]), ...wishes });
  const expiryClock = new ExpiryClock(clock);
  const readSnapshot = () => store.snapshot(momentOf(policy, expiryClock.now()));
  const incidents = new Incidents({ log: () => {}, count: () => {} }, clock);
  let observations = 0;
  const bee: Bee = {
    observe: async () => {
      observations += 1;
      if (faults.isSilent) return await new Promise<never>(() => {});
      const block = SYNCED + Math.floor(clock.monotonicMs() / 5_000);
      if (faults.isUnreachable) return { ...UNREACHABLE, at: clock.now() };
      return { ...anObservation({ block, stamps }), address: faults.address, at: clock.now() };
    },
    buy: () => (faults.bug === null ? new Promise(() => {}) : Promise.reject(faults.bug)),
    topUp: () => Promise.reject(new Error('not used')),
    failures: NO_FAILURES,
    [Symbol.asyncDispose]: async () => {},
  };
  const runs = new NodeRuns();
  const events: string[] = [];
  const loop = new Reconciler({
    node: NODE,
    nodes: [NODE],
    bee,
    store,
    clock,
    expiryClock,
    policy,
    incidents,
    runs,
    levels: new Levels(await readSnapshot(), { policy, readSnapshot, now: () => clock.now() }),
    canaryChecks: { last: () => null },
    settings: '',
    random: () => 0.5,
    newOrderId: () => orderId(1),
    log: () => {},
    trace: untraced,
    onOrder: () => {},
    holder: 'a',
    onLease: ({ is }) => void events.push(is),
    leaseTimes: { ttlMs: 15_000, renewMs: 5_000 },
  });
  /** Time passes, timer by timer. */
  const pass = async (ms: number): Promise<void> => {
    const end = clock.monotonicMs() + ms;
    for (;;) {
      for (let tick = 0; tick < 10; tick++) await quiet();
      if (clock.monotonicMs() >= end) return;
      clock.advanceTo(Math.min(end, clock.nextWakeMs));
    }
  };
  return {
    loop,
    clock,
    pass,
    runs,
    events,
    faults,
    store,
    incidents: () => incidents.recent().map(({ code, count }) => `${code} ${count}`),
    observations: () => observations,
    [Symbol.asyncDispose]: async () => {
      await loop[Symbol.asyncDispose]();
      await temporary.cleanUp();
    },
  };
}

interface Faults {
  /** Of the next runs, which cannot read their stock. */
  readonly errors: Error[];
  isLeaseTaken: boolean;
  /** The node does not answer. */
  isSilent: boolean;
  isUnreachable: boolean;
  /** What a purchase ends with, instead of an answer of Bee. */
  bug: Error | null;
  /** Of the node that answers. */
  address: EthereumAddress;
}

function failingStore(store: Store, faults: Faults): Store {
  const leases: Store['leases'] = {
    shared: true,
    serverTime: () => store.leases.serverTime(),
    hold: async (request) => (faults.isLeaseTaken ? null : await store.leases.hold(request)),
    release: (held) => store.leases.release(held),
    holders: (at) => store.leases.holders(at),
  };
  const nodeStock: Store['nodeStock'] = async (node, moment) => {
    const error = faults.errors.shift();
    if (error) throw error;
    return await store.nodeStock(node, moment);
  };
  return withMembers(store, { leases, nodeStock });
}

it.each([
  [new StoreFailedError('the disk is full'), 'STORE_FAILED'],
  [new Error('a bug'), 'RUN_FAILED'],
])(
  'a run that fails is reported, fails what waits for it, and is made again after a back-off: %s',
  async (failure, code) => {
    await using node = await aLoop();
    node.faults.errors.push(failure, failure);
    const joined = Promise.allSettled([node.runs.join()]);
    node.loop.start();
    await node.pass(0);
    expect(await joined).toEqual([{ status: 'rejected', reason: failure }]);
    expect(node.incidents()).toEqual([`${code} 1`]);
    const observed = node.observations();
    await node.pass(999); // half of 2 s
    expect(node.observations()).toBe(observed);
    await node.pass(1);
    expect(node.incidents()).toEqual([`${code} 2`]);
    await node.pass(1_999); // half of 4 s
    expect(node.runs.last).toBeNull();
    await node.pass(1);
    expect(node.runs.last?.node.fresh).toBe(true);
  },
);

it('a process that stands by makes a run as soon as it has the lease', async () => {
  await using node = await aLoop();
  node.faults.isLeaseTaken = true;
  node.loop.start();
  await node.pass(60_000);
  expect([node.observations(), node.events]).toEqual([0, []]);
  node.faults.isLeaseTaken = false;
  await node.pass(5_000);
  expect([node.observations() > 0, node.events]).toEqual([true, ['taken']]);
});

it('a purchase that ends with an exception is reported, and is unknown', async () => {
  await using node = await aLoop();
  node.faults.bug = new TypeError('a bug');
  node.loop.start();
  await node.pass(1_000);
  expect(node.incidents()).toEqual(['PURCHASE_UNKNOWN 1', 'ORDER_FAILED 1']);
  expect(node.runs.last?.actions).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
});

it('a dry run is answered at once, and moves no run', async () => {
  await using node = await aLoop();
  node.loop.start();
  await node.pass(1_000);
  const [{ last }, observed] = [node.runs, node.observations()];
  const untilNextMs = (last?.nextAt.getTime() ?? 0) - node.clock.now().getTime();
  expect(untilNextMs).toBeGreaterThan(1_000);
  const preview = node.runs.preview();
  await node.pass(0);
  expect(await preview).toMatchObject({ dryRun: true, actions: [{ do: 'hold' }] });
  await node.pass(untilNextMs - 1);
  expect([node.runs.last, node.observations() - observed]).toEqual([last, 1]);
  await node.pass(1);
  expect([node.runs.last === last, node.observations() - observed]).toEqual([false, 2]);
});

it('a dry run is followed by a run if there was none, one is requested, or another node answers', async () => {
  await using node = await aLoop();
  const runsAfterPreview = async () => {
    const before = node.runs.last;
    const preview = node.runs.preview();
    await node.pass(200);
    return [(await preview).dryRun, node.runs.last === before];
  };
  node.loop.start();
  expect(await runsAfterPreview(), 'the first').toEqual([true, false]);
  expect(await runsAfterPreview()).toEqual([true, true]);
  node.runs.request();
  expect(await runsAfterPreview(), 'requested').toEqual([true, false]);
  node.faults.address = OTHER_ADDRESS;
  expect(await runsAfterPreview(), 'another node').toEqual([true, false]);
});

it('a run that waits for the node ends when the lease is lost', async () => {
  await using node = await aLoop();
  node.faults.isSilent = true;
  node.loop.start();
  await node.pass(1_000);
  node.faults.isLeaseTaken = true;
  await node.pass(5_000);
  node.faults.isSilent = false;
  node.faults.isLeaseTaken = false;
  expect(node.runs.last).toBeNull();
  await node.pass(5_000);
  expect([node.events, node.runs.last?.node.fresh]).toEqual([['taken', 'lost', 'taken'], true]);
  expect(node.incidents()).toEqual(['LEASE_LOST 1']);
});

it('a run that waits for the node ends with its process, which is no failure', async () => {
  await using node = await aLoop();
  node.faults.isSilent = true;
  node.loop.start();
  await node.pass(1_000);
  await node.loop[Symbol.asyncDispose]();
  expect([node.incidents(), node.runs.last]).toEqual([[], null]);
});

it('a node that cannot be observed is observed after a back-off, which grows until it answers', async () => {
  await using node = await aLoop();
  node.faults.isUnreachable = true;
  node.loop.start();
  await node.pass(0);
  const untilNext = async () => {
    const observed = node.observations();
    let ms = 0;
    for (; node.observations() === observed; ms += 100) await node.pass(100);
    return ms;
  };
  expect([await untilNext(), await untilNext(), await untilNext()]).toEqual([1_000, 2_000, 4_000]);
  node.faults.isUnreachable = false;
  expect(await untilNext()).toBe(8_000);
  node.faults.isUnreachable = true;
  expect([await untilNext(), await untilNext()]).toEqual([5_000, 1_000]);
});

it.each([
  [true, 900_000],
  [false, 5_000],
])('with a canary that is usable (%s), the next run follows after %i ms', async (usable, ms) => {
  const order = anOrder({ purpose: 'canary', plannedAtBlock: SYNCED - 10 });
  const changes: readonly Change[] = [
    { change: 'orderPlanned', order },
    { change: 'orderSent', id: order.id },
    { change: 'orderConfirmed', id: order.id, batchId: batchId(9), txHash: null, atBlock: SYNCED - 1 },
  ];
  const policy = { targets: new Map<Depth, number>(), canaryIntervalSeconds: 900 };
  await using node = await aLoop({ policy, changes, stamps: [batchOf(order, { usable })] });
  node.loop.start();
  await node.pass(1_000);
  const { endedAt = null, nextAt = null } = node.runs.last ?? {};
  expect((nextAt?.getTime() ?? 0) - (endedAt?.getTime() ?? 0)).toBe(ms);
});

it('a run starts at once if it is requested, and 200 ms after the previous one at the earliest', async () => {
  await using node = await aLoop();
  node.loop.start();
  await node.pass(1_000);
  const observed = node.observations();
  const since = async (ms: number) => {
    await node.pass(ms);
    return node.observations() - observed;
  };
  node.runs.request();
  expect(await since(0)).toBe(1);
  node.runs.request();
  expect([await since(199), await since(1)]).toEqual([1, 2]);
});

/** 20,000 stamps in the list: a second from run to run. `since` says how many runs have started since the first one. */
async function aLongList(isLong = true) {
  const stamps = Array.from({ length: isLong ? 20_000 : 0 }, (_, n) => ({
    ...batchOf(),
    batchId: batchId(n + 100),
  }));
  const node = await aLoop({ stamps });
  const ended: MaintenanceRun[] = [];
  node.runs.onRun((run) => void ended.push(run));
  const since = async (ms: number): Promise<number> => {
    await node.pass(ms);
    const started = node.observations();
    while (ended.length < started) await quiet(); // reading a long list takes many turns of the event loop, and no time here
    await node.pass(0);
    return started - 1;
  };
  node.loop.start();
  await since(0);
  await since(2_000);
  return { node, since };
}

it.each([
  [true, [1, 1, 1, 2]],
  [false, [1, 2, 2, 2]],
])(
  'with a long list (%s), runs that nobody waits for keep a distance in proportion',
  async (isLong, counts) => {
    const { node, since } = await aLongList(isLong);
    await using _ = node;
    node.runs.request();
    const started = [await since(0)];
    node.runs.request();
    started.push(await since(200), await since(799), await since(1));
    expect(started).toEqual(counts);
  },
);

it.each(['join', 'preview'] as const)(
  'a caller that waits (%s) gets a run before the pause ends',
  async (call) => {
    const { node, since } = await aLongList();
    await using _ = node;
    node.runs.request();
    await since(0);
    node.runs.request();
    expect(await since(300)).toBe(1);
    const answer = node.runs[call]();
    await node.pass(0);
    expect(node.observations()).toBe(3);
    await answer;
  },
);

it('a run that must be made again is not put off by a long list', async () => {
  const { node } = await aLongList();
  await using _ = node;
  node.faults.errors.push(new AllocationChangedError(1, 2));
  node.runs.request();
  await node.pass(200);
  expect([node.faults.errors.length, node.observations()]).toEqual([0, 2]);
});

it('the loop ends during a pause', async () => {
  const { node, since } = await aLongList();
  node.runs.request();
  await since(0);
  node.runs.request();
  expect(await since(300)).toBe(1);
  await node[Symbol.asyncDispose]();
  expect(node.clock.nextWakeMs).toBe(Infinity);
});

it('what is requested, or ends the loop, right at the end of a run is not waited for', async () => {
  await using node = await aLoop();
  let [ended, disposing] = [0, Promise.resolve()];
  node.runs.onRun(() => {
    ended += 1;
    if (ended === 1) node.runs.request();
    else disposing = node.loop[Symbol.asyncDispose]();
  });
  node.loop.start();
  await node.pass(200);
  expect(ended).toBe(2);
  await disposing;
  expect(node.events).toEqual(['taken', 'released']);
});

it('a loop that is disposed gives its lease back, makes no run, and fails what waits for one', async () => {
  await using node = await aLoop();
  node.loop.start();
  await node.pass(1_000);
  const observed = node.observations();
  await node.loop[Symbol.asyncDispose]();
  expect(node.events).toEqual(['taken', 'released']);
  node.clock.jump(3_600_000);
  await node.pass(3_600_000);
  expect([node.observations(), node.incidents()]).toEqual([observed, []]);
  await expect(node.runs.join()).rejects.toThrow('the service is stopping');
});

it('a clock that jumps is reported, and starts a run, which moves the expiries', async () => {
  const stamp = aStamp();
  const added = [
    { change: 'stampAdded', stamp },
    { change: 'stampAvailable', ...stamp },
  ] as const;
  await using node = await aLoop({ changes: added });
  const expiresAt = async () => {
    const found = await node.store.stamp(stamp.batchId);
    return found && 'expiresAt' in found ? found.expiresAt : null;
  };
  node.loop.start();
  await node.pass(1_000);
  const observed = node.observations();
  node.clock.jump(3_600_000);
  await node.pass(300);
  expect(node.incidents()).toEqual(['CLOCK_JUMPED 1']);
  expect(node.observations()).toBe(observed + 1);
  expect(await expiresAt()).toEqual(new Date(stamp.expiresAt.getTime() + 3_600_000));
});
