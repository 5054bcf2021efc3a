import type { Change } from '../../src/domain/change.ts';
import { DAY_MS } from '../../src/domain/durations.ts';
import { isForReserve, type PlannedOrder } from '../../src/domain/order.ts';
import { depth, type NodeName, nodeName, type Plur, plur } from '../../src/domain/units.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { AcquireCommit, Store } from '../../src/store/store.ts';
import { aCaller, NODE } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import { World } from '../virtual/world.ts';
import { Prng } from './prng.ts';
import { type Rule, Violation } from './violation.ts';

/** What happened to the nodes of one seed. */
export interface NodesOutcome {
  readonly seed: number;
  readonly purchases: number;
  readonly acquisitions: number;
  readonly violation: { readonly rule: Rule; readonly message: string } | null;
  readonly log: readonly string[];
}

/**
 * A pool with several nodes, each with its own faults, whose process is killed and stopped: needs are filled once over all
 * nodes, drained nodes buy nothing, the daily limit is the pool's, stock of a node that is away stays where it is; and without
 * faults, all targets are met.
 */
export async function runNodesSeed(seed: number): Promise<NodesOutcome> {
  const prng = new Prng(seed, 401);
  const scene = withClockSet(drawScene(prng), new Prng(seed, 402));
  const world = new World({ seed, policy: scene.policy });
  await using _ = world;
  const nodes = new Map<NodeName, Simulator>([[NODE, world.simulator]]);
  for (const name of scene.added)
    nodes.set(name, world.addNode(name, seed + 1_000 * nodes.size, { bzzPlur: scene.bzzPlur }));
  const watch = new Watch(world, scene);
  let violation: Violation | null = null;
  try {
    await play({ world, scene, nodes, watch, prng });
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const bought = [...nodes.values()].map(
    ({ chain, wallet }) =>
      chain.ledger.filter((entry) => entry.payer === wallet && entry.kind === 'create').length,
  );
  return {
    seed,
    purchases: bought.reduce((sum, count) => sum + count, 0),
    acquisitions: watch.acquisitions,
    violation: violation && { rule: violation.rule, message: violation.message },
    log: world.log,
  };
}

type Scene = ReturnType<typeof withClockSet>;

const HOUR = 3600;
const HOUR_MS = HOUR * 1000;
const BLOCKS = 120;
const BZZ = 10n ** 16n;

function drawScene(prng: Prng) {
  const added = [nodeName('b'), nodeName('c')].slice(0, prng.pick([1, 1, 2]));
  const names = [NODE, ...added];
  const targets = new Map([[depth(17), prng.between(1, 4)]]);
  if (prng.chance(50)) targets.set(depth(18), prng.between(1, 2));
  const drained = prng.chance(30) ? new Set([prng.pick(names)]) : new Set<NodeName>();
  return {
    added,
    names,
    bzzPlur: prng.chance(25) ? BZZ / 50n : 100n * BZZ,
    faults: Array.from({ length: prng.between(0, 5) }, () => ({
      node: prng.pick(names),
      atBlock: prng.between(0, BLOCKS),
      blocks: prng.pick([2, 10, 40, 160]),
      ...prng.pick(FAULTS),
    })),
    acquireAt: new Set(Array.from({ length: prng.between(2, 14) }, () => prng.between(1, BLOCKS))),
    killAt: new Set(Array.from({ length: prng.pick([0, 0, 1, 2]) }, () => prng.between(1, BLOCKS))),
    /** From this block on, these nodes are drained. */
    drain: { atBlock: prng.between(5, BLOCKS / 2), nodes: drained },
    policy: {
      targets,
      checkIntervalSeconds: prng.pick([60, 300, 900]),
      nodeAwaySeconds: prng.pick([120, 300, HOUR]),
      maxSpendPerDay: prng.chance(40)
        ? plur(BigInt(prng.between(2, 12)) * (BZZ / 16n))
        : plur(10n ** 9n * BZZ),
      immediateReplenish: prng.chance(80),
    },
  };
}

/**
 * In some scenes the clock of the machine is set while a node is read. Their process is not killed: what it has not moved by
 * then would be wrong after the start, as after a clock that is set while no process runs.
 */
function withClockSet(scene: ReturnType<typeof drawScene>, prng: Prng) {
  if (!prng.chance(30)) return { ...scene, clockSetAt: new Map<number, number>() };
  const from = scene.drain.atBlock + 1;
  const slow = Array.from({ length: prng.between(1, 4) }, () => ({
    node: prng.pick(scene.names),
    atBlock: prng.between(from, BLOCKS - 20),
    blocks: 3,
    fault: 'slow' as const,
    settings: { method: 'GET', path: prng.pick(['/stamps', '/chainstate', '/wallet']), blocks: 2, times: 1 },
  }));
  return {
    ...scene,
    faults: [...scene.faults.filter(({ fault }) => fault !== 'hang'), ...slow],
    killAt: new Set<number>(),
    clockSetAt: new Map(slow.map(({ atBlock }) => [atBlock, prng.pick([72, -72, 2, -2]) * HOUR_MS])),
  };
}

const FAULTS: readonly { readonly fault: FaultName; readonly settings: FaultSettings }[] = [
  { fault: 'down', settings: {} },
  { fault: 'hang', settings: { method: 'GET' } },
  { fault: 'syncing503', settings: {} },
  { fault: 'blockLag', settings: { blocks: 40 } },
  { fault: 'proxy502', settings: { method: 'GET' } },
  { fault: 'slow', settings: { method: 'POST', blocks: 12, times: 2 } },
  { fault: 'hang', settings: { method: 'POST', times: 1 } },
  { fault: 'error500BeforeBroadcast', settings: { times: 2 } },
  { fault: 'error500AfterBroadcast', settings: { times: 1 } },
  { fault: 'busy429', settings: { times: 3 } },
  { fault: 'rpcRefusing', settings: {} },
];

interface Played {
  readonly world: World;
  readonly scene: Scene;
  readonly nodes: ReadonlyMap<NodeName, Simulator>;
  readonly watch: Watch;
  readonly prng: Prng;
}

async function play(played: Played): Promise<void> {
  const { world, scene, nodes, watch, prng } = played;
  const start = async (): Promise<unknown> => {
    watch.started();
    return await world.start({ around: (store) => watch.around(store) });
  };
  await start();
  for (let block = 1; block <= BLOCKS; block++) {
    for (const { node, fault, settings } of scene.faults.filter((one) => one.atBlock === block))
      nodes.get(node)?.faults.set(fault, settings);
    for (const { node, fault } of scene.faults.filter((one) => one.atBlock + one.blocks === block))
      endFault(nodes.get(node), fault);
    if (scene.killAt.has(block)) {
      await world.kill();
      await start();
    }
    if (scene.drain.atBlock === block && scene.drain.nodes.size > 0) {
      await world.stop();
      world.set({ drainedNodes: scene.drain.nodes });
      watch.drained = scene.drain.nodes;
      await start();
    }
    const setByMs = scene.clockSetAt.get(block);
    if (setByMs !== undefined) {
      void world.run.engine.operations.runMaintenance({ dryRun: false }).catch(() => {}); // a run that fails is reported
      await world.quiet();
      world.clock.jump(setByMs);
    }
    if (scene.acquireAt.has(block)) await watch.acquire(prng.pick([17, 17, 18]));
    await world.passBlocks(1);
    watch.check();
  }
  await recover(played);
}

function endFault(simulator: Simulator | undefined, fault: FaultName): void {
  if (!simulator) return;
  simulator.faults.clear(fault);
  if (simulator.node.phase === 'down') simulator.node.start();
}

/** Without faults, limits and drained nodes, all targets are met. */
async function recover({ world, nodes, watch, scene }: Played): Promise<void> {
  await world.stop();
  watch.drained = new Set();
  watch.limit = plur(10n ** 9n * BZZ);
  world.set({ drainedNodes: new Set(), maxSpendPerDay: watch.limit });
  for (const simulator of nodes.values()) {
    simulator.faults.clearAll();
    if (simulator.node.phase === 'down') simulator.node.start();
  }
  watch.started();
  await world.start({ around: (store) => watch.around(store) });
  await world.full(RECOVERY_BLOCKS).catch((error: unknown) => {
    throw new Violation(
      'recovery',
      `the targets ${[...scene.policy.targets].join(' ')} are not met: ${String(error).slice(0, 200)}`,
    );
  });
  watch.check();
}

/** Hours, because a purchase may have to be abandoned, and its node pauses. */
const RECOVERY_BLOCKS = 4 * 720;

/** A node that lags shows times to live that differ by some blocks. */
const TTL_TOLERANCE_MS = 10 * 60_000;

/** What the rules say of several nodes, checked at the store. */
class Watch {
  drained: ReadonlySet<NodeName> = new Set();
  limit: Plur;
  acquisitions = 0;
  readonly #world: World;
  readonly #scene: Scene;
  readonly #given = new Set<string>();
  /** The difference between the expiries on disk and the monotonic clock. */
  #expiriesFromMs = 0;
  /** By batch: what was left of its time to live when it was last written, and when that was. */
  readonly #left = new Map<string, { readonly leftMs: number; readonly atMs: number }>();
  #violation: Violation | null = null;

  constructor(world: World, scene: Scene) {
    this.#world = world;
    this.#scene = scene;
    this.limit = scene.policy.maxSpendPerDay;
  }

  /** A process starts: the expiries are by the clock of the machine. */
  started(): void {
    const { clock } = this.#world;
    this.#expiriesFromMs = clock.now().getTime() - clock.monotonicMs();
  }

  /** Throws what was found in a call of the service, which must not catch it. */
  check(): void {
    if (this.#violation) throw this.#violation;
  }

  async acquire(of: number): Promise<void> {
    const acquired = await this.#world.run.engine.pool
      .acquire({ depth: depth(of) }, aCaller('client'))
      .catch(() => null);
    if (acquired?.is !== 'acquired') return;
    this.acquisitions += 1;
    const { batchId } = acquired.stamp;
    if (this.#given.has(batchId)) throw new Violation(1, `${batchId} was given out twice`);
    this.#given.add(batchId);
  }

  around(store: Store): Store {
    return withMembers(store, {
      write: async (...given) => {
        const commit = await store.write(...given);
        await this.#written(store, given[0]);
        return commit;
      },
      acquire: async (...given) => {
        const commit = await store.acquire(...given);
        await this.#gaveOut(store, commit);
        return commit;
      },
    });
  }

  async #written(store: Store, changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (change.change === 'clockSet') this.#expiriesFromMs += change.byMs;
      if (change.change === 'stampSeen' || change.change === 'stampAvailable') this.#lives(change);
      if (change.change !== 'orderPlanned') continue;
      const { order } = change;
      if (this.drained.has(order.node))
        this.#found(6, `node ${order.node} is drained, and order ${order.id} was planned`);
      if (isForReserve(order)) await this.#needed(store, order);
      await this.#withinLimit(store);
    }
  }

  /** Nothing here changes a price or tops up, so that the time to live only falls with time, whatever the clock shows. */
  #lives({
    batchId,
    expiresAt,
  }: Pick<Extract<Change, { change: 'stampSeen' }>, 'batchId' | 'expiresAt'>): void {
    if (expiresAt === null) return;
    const atMs = this.#world.clock.monotonicMs();
    const leftMs = expiresAt.getTime() - this.#expiriesFromMs - atMs;
    const before = this.#left.get(batchId);
    this.#left.set(batchId, { leftMs, atMs });
    if (before === undefined) return;
    const byMs = leftMs - (before.leftMs - (atMs - before.atMs));
    if (Math.abs(byMs) > TTL_TOLERANCE_MS)
      this.#found(4, `the time to live of ${batchId} has changed by ${byMs / 1000} s`);
  }

  /** The stock of the depth, with the order, is not more than the target. */
  async #needed(store: Store, { depth: of, id, node }: PlannedOrder): Promise<void> {
    const orders = await store.openOrders();
    let count = orders.filter((order) => isForReserve(order) && order.depth === of).length;
    for (const name of this.#scene.names) {
      if (await this.#isAway(store, name, 2)) continue;
      const stamps = await store.liveStamps(name, { after: null, limit: 1_000 });
      count += stamps.filter(
        (stamp) => stamp.depth === of && stamp.withheld !== 'lost' && stamp.withheld !== 'in_use',
      ).length;
    }
    const target = this.#scene.policy.targets.get(of) ?? 0;
    if (count > target)
      this.#found(
        3,
        `order ${id} of node ${node} is one of ${count} of depth ${of}, and the target is ${target}`,
      );
  }

  async #withinLimit(store: Store): Promise<void> {
    const since = this.#world.clock.now().getTime() - DAY_MS;
    const { items } = await store.orders({ first: 10_000, after: null, states: null });
    const counted = items
      .map(({ item }) => item)
      .filter(
        (order) =>
          order.plannedAt.getTime() >= since && order.state !== 'rejected' && order.state !== 'abandoned',
      );
    const sum = counted.reduce((total, { cost }) => total + cost, 0n);
    if (sum > this.limit)
      this.#found(6, `${sum} PLUR were ordered within a day, and the limit is ${this.limit}`);
  }

  async #gaveOut(store: Store, { outcomes }: AcquireCommit): Promise<void> {
    for (const outcome of outcomes) {
      if (outcome.is !== 'acquired' || outcome.replayed) continue;
      const { node, batchId } = outcome.stamp;
      if (await this.#isAway(store, node, 1))
        this.#found(5, `${batchId} was given out, and node ${node} is away`);
    }
  }

  /** Whether the node was not observed for this many times the bound. */
  async #isAway(store: Store, node: NodeName, times: number): Promise<boolean> {
    const observedAt = (await store.node(node))?.observedAt ?? null;
    const nowMs = this.#expiriesFromMs + this.#world.clock.monotonicMs();
    const awayMs = observedAt === null ? 0 : nowMs - observedAt.getTime();
    return awayMs > times * this.#scene.policy.nodeAwaySeconds * 1000;
  }

  #found(rule: Rule, message: string): void {
    this.#violation ??= new Violation(rule, message);
  }
}
