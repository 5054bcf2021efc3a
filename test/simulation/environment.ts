import type { HttpRequest } from '../../src/bee/transport.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import type { Disk } from './disk.ts';
import type { Lie } from './lying-proxy.ts';
import type { Prng } from './prng.ts';
import type { Rejection } from './troubled-database.ts';
import type { World } from './world.ts';

const REJECTED_BY = {
  full: 'diskFull',
  busy: 'databaseBusy',
  unreadable: 'diskUnreadable',
  replaced: 'databaseReplaced',
} as const satisfies Record<Rejection, string>;

/** What is ahead of a delayed transaction, or behind it, may take its time, too. */
const DELAY_MARGIN_BLOCKS = 400;

/** What a fault acts on. A fault counts as a hit when it affects something, not when it is injected. */
export class Environment {
  readonly world: World;
  readonly disk: Disk;
  readonly hits = new Map<string, number>();
  /** Some answer differed from what the node says: from then on, what the service believes may be false. */
  lied = false;
  /** The block by which every deliberately delayed transaction is mined. */
  delayedUntilTip = 0;
  /** Amounts of purchases that another user of the node has paid for. */
  readonly strangersAmounts = new Set<bigint>();
  /** The node has missed an event, and shows it only after a start with --resync, as the incident suggests. */
  resyncNeeded = false;
  /** Batches that the node will not show again. */
  readonly gone = new Set<string>();
  /** Batches of another user with an amount of ours: which of the two is ours cannot be determined. */
  readonly copied = new Set<string>();
  readonly copiedAmounts = new Set<bigint>();
  /** Batches that another user has diluted: they cost more than was planned. */
  readonly diluted = new Set<string>();
  /** The latest purchase of the service, as sent. */
  lastPurchase: {
    readonly amount: bigint;
    readonly depth: number;
    readonly immutable: boolean;
    readonly label: string;
  } | null = null;
  readonly #owners = new Map<FaultName, string>();
  readonly #conditions = new Map<string, (request: HttpRequest) => boolean>();
  /** The fault that has another node answer. */
  #strangersKind: string | null = null;
  readonly #onPurchase: (() => void)[] = [];
  readonly #onOperation: (() => void)[] = [];
  readonly #onAcquire: (() => void)[] = [];
  readonly #onBlock = new Set<() => void>();

  constructor(world: World, disk: Disk) {
    this.world = world;
    this.disk = disk;
    const { faults } = world.simulator;
    const take = faults.take.bind(faults);
    faults.take = (name, target, at) => {
      const settings = take(name, target, at);
      const owner = this.#owners.get(name);
      if (settings && owner) this.hit(owner);
      if (settings && name === 'txDelayed') {
        const untilTip = world.simulator.chain.tip + (settings.blocks ?? 0) + DELAY_MARGIN_BLOCKS;
        this.delayedUntilTip = Math.max(this.delayedUntilTip, untilTip);
      }
      return settings;
    };
    world.onAsked = (request, answering) => {
      if (answering === 'other' && this.#strangersKind !== null) this.hit(this.#strangersKind);
      this.#asked(request);
    };
    world.proxy.onLie = (kind, { method, path }) => {
      this.lied = true;
      world.journal.write(`  ~ ${kind}: ${method} ${path.slice(0, 40)}`);
      this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
    };
    world.trouble.onRejected = (why) => this.hit(REJECTED_BY[why]);
  }

  hit(kind: string): void {
    this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
    this.world.journal.write(`  ~ ${kind} hits`);
  }

  /** Answers the service with this lie from now on. Returns a function that ends it. */
  lie(kind: string, lie: Lie): () => void {
    return this.world.proxy.arm(kind, lie);
  }

  /** Arms a fault that waits for its request. Returns a function that disarms it. */
  arm(kind: string, fault: FaultName, settings: FaultSettings): () => void {
    this.world.simulator.faults.set(fault, settings);
    this.#owners.set(fault, kind);
    return () => {
      if (this.#owners.get(fault) === kind) this.world.simulator.faults.clear(fault);
    };
  }

  /** Puts the node into a state that hits each request that `meets` it. Returns a function that ends it. */
  condition(
    kind: string,
    wish: {
      readonly fault: FaultName;
      readonly settings?: FaultSettings;
      readonly meets: (request: HttpRequest) => boolean;
    },
  ): () => void {
    const { faults } = this.world.simulator;
    faults.set(wish.fault, wish.settings ?? {});
    this.#conditions.set(kind, wish.meets);
    return () => {
      faults.clear(wish.fault);
      this.#conditions.delete(kind);
    };
  }

  /** Lets `behindUrl` choose which node answers. Each request that another node answers is a hit. Returns a function that ends it. */
  answerFrom(kind: string, behindUrl: World['behindUrl']): () => void {
    this.world.behindUrl = behindUrl;
    this.#strangersKind = kind;
    return () => {
      if (this.world.behindUrl !== behindUrl) return; // a later fault has replaced it
      this.world.behindUrl = () => 'own';
      this.#strangersKind = null;
    };
  }

  /** Runs once, when the next purchase is sent. */
  atNextPurchase(what: () => void): () => void {
    return addTo(this.#onPurchase, what);
  }

  /** Runs once, when the next purchase or top-up is sent. */
  atNextOperation(what: () => void): () => void {
    return addTo(this.#onOperation, what);
  }

  /** Runs once, when clients acquire next. */
  atNextAcquire(what: () => void): () => void {
    return addTo(this.#onAcquire, what);
  }

  acquiring(): void {
    for (const what of this.#onAcquire.splice(0)) what();
  }

  /** Runs after every block, until the returned function is called. */
  onBlock(what: () => void): () => void {
    this.#onBlock.add(what);
    return () => void this.#onBlock.delete(what);
  }

  blockPassed(): void {
    for (const what of this.#onBlock) what();
  }

  /** For a fault that takes time: blocks pass before the next event. */
  async passBlocks(blocks: number): Promise<void> {
    const end = this.world.block + blocks;
    while (this.world.block < end) {
      await this.world.pass(1);
      this.blockPassed();
      await this.world.quiet();
    }
  }

  askForRun(): void {
    void this.world.service?.engine.operations.runMaintenance({ dryRun: false }).catch(() => {}); // a run that fails is reported
  }

  /** A live batch of the pool that no client has acquired and that `suits`; undefined when there is none. */
  pooledBatch(prng: Prng, suits: (batchId: string) => boolean = () => true): string | undefined {
    const live = [...this.disk.read().stamps.values()]
      .filter(({ state }) => state === 'propagating' || state === 'available')
      .map(({ batchId }) => batchId)
      .filter(suits);
    return live.length === 0 ? undefined : prng.pick(live);
  }

  /** The latest batch that the node's wallet has paid for and that is not in the pool. */
  unsettledBatch(): string | undefined {
    const { chain, wallet } = this.world.simulator;
    const { stamps } = this.disk.read();
    return chain.ledger.findLast(
      ({ kind, payer, amount, batchId }) =>
        kind === 'create' && payer === wallet && !this.strangersAmounts.has(amount) && !stamps.has(batchId),
    )?.batchId;
  }

  #asked(request: HttpRequest): void {
    for (const [kind, meets] of this.#conditions) if (meets(request)) this.hit(kind);
    if (request.method !== 'GET') for (const what of this.#onOperation.splice(0)) what();
    const [, amount, depth] = /^\/stamps\/(\d+)\/(\d+)\?/.exec(request.path) ?? [];
    if (request.method !== 'POST' || amount === undefined || depth === undefined) return;
    this.lastPurchase = {
      amount: BigInt(amount),
      depth: Number(depth),
      immutable: request.headers['Immutable'] === 'true',
      label: request.path.split('label=')[1] ?? '',
    };
    for (const what of this.#onPurchase.splice(0)) what();
  }
}

function addTo(list: (() => void)[], what: () => void): () => void {
  list.push(what);
  return () => {
    const index = list.indexOf(what);
    if (index >= 0) list.splice(index, 1);
  };
}
