import type { Change } from '../../src/domain/change.ts';
import { DAY_MS } from '../../src/domain/durations.ts';
import { isForReserve, type PlannedOrder } from '../../src/domain/order.ts';
import { depth, type NodeName, type Plur } from '../../src/domain/units.ts';
import type { AcquireCommit, Store } from '../../src/store/store.ts';
import { aCaller } from '../builders.ts';
import { withMembers } from '../store/with-members.ts';
import type { World } from '../virtual/world.ts';
import type { Scene } from './scene-of-nodes.ts';
import { type Rule, Violation } from './violation.ts';

/** A node that lags shows times to live that differ by some blocks. */
const TTL_TOLERANCE_MS = 10 * 60_000;
/** A node that is waited for counts as away, so that its time is a little longer than the bound already. */
const AWAY_TOLERANCE_MS = 2_000;

/** What the rules say of several nodes, checked at the store. */
export class NodesWatch {
  drained: ReadonlySet<NodeName> = new Set();
  limit: Plur;
  acquisitions = 0;
  readonly #world: World;
  readonly #scene: Scene;
  readonly #given = new Set<string>();
  /** The difference between the expiries on disk and the monotonic clock. */
  #expiriesFromMs = 0;
  /** When each node was last observed, in monotonic time. */
  readonly #observedMs = new Map<NodeName, number>();
  #stoppedAtMs: number | null = null;
  /** When a process started again after none ran for longer than the bound, and for how long none had. */
  #resumed = { atMs: -Infinity, stoppedMs: 0 };
  /** By batch: what was left of its time to live when it was last written, and when that was. */
  readonly #left = new Map<string, { readonly leftMs: number; readonly atMs: number }>();
  #violation: Violation | null = null;

  constructor(world: World, scene: Scene) {
    this.#world = world;
    this.#scene = scene;
    this.limit = scene.policy.maxSpendPerDay;
  }

  stopped(): void {
    this.#stoppedAtMs = this.#world.clock.monotonicMs();
  }

  /** A process starts: the expiries are by the clock of the machine. */
  started(): void {
    const { clock } = this.#world;
    const atMs = clock.monotonicMs();
    this.#expiriesFromMs = clock.now().getTime() - atMs;
    const stoppedMs = atMs - (this.#stoppedAtMs ?? atMs);
    if (stoppedMs > this.#boundMs) this.#resumed = { atMs, stoppedMs };
    this.#stoppedAtMs = null;
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
        this.#gaveOut(commit);
        return commit;
      },
    });
  }

  async #written(store: Store, changes: readonly Change[]): Promise<void> {
    for (const change of changes) {
      if (change.change === 'nodeObserved')
        this.#observedMs.set(change.node, this.#world.clock.monotonicMs());
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
      if (this.#isLost(name)) continue;
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

  #gaveOut({ outcomes }: AcquireCommit): void {
    for (const outcome of outcomes) {
      if (outcome.is !== 'acquired' || outcome.replayed) continue;
      const { node, batchId } = outcome.stamp;
      if (this.#isAway(node)) this.#found(5, `${batchId} was given out, and node ${node} is away`);
    }
  }

  /** Whether the node was not observed for longer than the bound. */
  #isAway(node: NodeName): boolean {
    return this.#unobservedMs(node) > this.#boundMs;
  }

  /** The same for twice the bound. No process ran for some of it: what one has waited since counts instead. */
  #isLost(node: NodeName): boolean {
    const nowMs = this.#world.clock.monotonicMs();
    const unobservedMs = this.#unobservedMs(node);
    if (unobservedMs <= 2 * this.#boundMs) return false;
    const { atMs, stoppedMs } = this.#resumed;
    const isSinceResumed = nowMs - unobservedMs >= atMs;
    return (
      isSinceResumed ||
      unobservedMs - stoppedMs > 2 * this.#boundMs ||
      nowMs - atMs > this.#boundMs - AWAY_TOLERANCE_MS
    );
  }

  #unobservedMs(node: NodeName): number {
    const nowMs = this.#world.clock.monotonicMs();
    return nowMs - (this.#observedMs.get(node) ?? nowMs);
  }

  get #boundMs(): number {
    return this.#scene.policy.nodeAwaySeconds * 1000;
  }

  #found(rule: Rule, message: string): void {
    this.#violation ??= new Violation(rule, message);
  }
}
