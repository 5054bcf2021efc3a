import type { HttpRequest } from '../../src/bee/transport.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import type { Disk } from './disk.ts';
import type { Lie } from './lying-proxy.ts';
import type { Dice } from './prng.ts';
import type { Rejection } from './troubled-database.ts';
import type { Stage } from './world.ts';

const REJECTED_BY = {
  full: 'diskFull',
  busy: 'databaseBusy',
  unreadable: 'diskUnreadable',
  replaced: 'databaseReplaced',
} as const satisfies Record<Rejection, string>;

/** What a fault works with. It counts when it has hit something, not when it was set up. */
export class Scene {
  readonly stage: Stage;
  readonly disk: Disk;
  readonly hits = new Map<string, number>();
  /** Some answer was not what the node says: from then on what the service believes need not be true. */
  lied = false;
  /** The block by which everything that was delayed on purpose is mined. */
  delayedUntilTip = 0;
  /** Amounts of purchases that somebody else has paid for through the node. */
  readonly strangersAmounts = new Set<bigint>();
  /** What the node has missed it shows only after a resync, which the operator is told to make. */
  resyncNeeded = false;
  /** Batches that the node will not show again by itself. */
  readonly gone = new Set<string>();
  /** Somebody made a batch with an amount of ours: whose is whose cannot be told. */
  readonly copied = new Set<string>();
  readonly copiedAmounts = new Set<bigint>();
  /** Batches whose depth somebody else has changed: what they cost is not what was planned. */
  readonly diluted = new Set<string>();
  /** The last purchase of the service, as it left. */
  lastPurchase: {
    readonly amount: bigint;
    readonly depth: number;
    readonly immutable: boolean;
    readonly label: string;
  } | null = null;
  readonly #owners = new Map<FaultName, string>();
  readonly #conditions = new Map<string, (request: HttpRequest) => boolean>();
  /** Of the fault that has another node answer. */
  #strangersKind: string | null = null;
  readonly #onPurchase: (() => void)[] = [];
  readonly #onOperation: (() => void)[] = [];
  readonly #onAcquire: (() => void)[] = [];
  readonly #onBlock = new Set<() => void>();

  constructor(stage: Stage, disk: Disk) {
    this.stage = stage;
    this.disk = disk;
    const { faults } = stage.simulator;
    const take = faults.take.bind(faults);
    faults.take = (name, target, at) => {
      const settings = take(name, target, at);
      const owner = this.#owners.get(name);
      if (settings && owner) this.hit(owner);
      return settings;
    };
    stage.onAsked = (request, answering) => {
      if (answering === 'other' && this.#strangersKind !== null) this.hit(this.#strangersKind);
      this.#asked(request);
    };
    stage.proxy.onLie = (kind, { method, path }) => {
      this.lied = true;
      stage.journal.write(`  ~ ${kind}: ${method} ${path.slice(0, 40)}`);
      this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
    };
    stage.trouble.onRejected = (why) => this.hit(REJECTED_BY[why]);
  }

  hit(kind: string): void {
    this.hits.set(kind, (this.hits.get(kind) ?? 0) + 1);
    this.stage.journal.write(`  ~ ${kind} hits`);
  }

  /** What the service is answered from now on. Returns how to come back to the truth. */
  lie(kind: string, lie: Lie): () => void {
    return this.stage.proxy.arm(kind, lie);
  }

  /** A fate that waits for its request. Returns how to lift it. */
  arm(kind: string, fault: FaultName, settings: FaultSettings): () => void {
    this.stage.simulator.faults.set(fault, settings);
    this.#owners.set(fault, kind);
    return () => {
      if (this.#owners.get(fault) === kind) this.stage.simulator.faults.clear(fault);
    };
  }

  /** A state of the node; it hits each request that meets it. Returns how to lift it. */
  condition(
    kind: string,
    wish: {
      readonly fault: FaultName;
      readonly settings?: FaultSettings;
      readonly meets: (request: HttpRequest) => boolean;
    },
  ): () => void {
    const { faults } = this.stage.simulator;
    faults.set(wish.fault, wish.settings ?? {});
    this.#conditions.set(kind, wish.meets);
    return () => {
      faults.clear(wish.fault);
      this.#conditions.delete(kind);
    };
  }

  /** From now on this chooses which node answers. It hits each request that another one answers. Returns how to lift it. */
  answerFrom(kind: string, behindUrl: Stage['behindUrl']): () => void {
    this.stage.behindUrl = behindUrl;
    this.#strangersKind = kind;
    return () => {
      if (this.stage.behindUrl !== behindUrl) return; // a later one has taken over
      this.stage.behindUrl = () => 'own';
      this.#strangersKind = null;
    };
  }

  /** Once, when the next purchase leaves. */
  atNextPurchase(what: () => void): () => void {
    return addTo(this.#onPurchase, what);
  }

  /** Once, when the next purchase or top-up leaves. */
  atNextOperation(what: () => void): () => void {
    return addTo(this.#onOperation, what);
  }

  /** Once, when clients ask for the next time. */
  atNextAcquire(what: () => void): () => void {
    return addTo(this.#onAcquire, what);
  }

  acquiring(): void {
    for (const what of this.#onAcquire.splice(0)) what();
  }

  /** After every block, until it is stopped. */
  onBlock(what: () => void): () => void {
    this.#onBlock.add(what);
    return () => void this.#onBlock.delete(what);
  }

  blockPassed(): void {
    for (const what of this.#onBlock) what();
  }

  /** For a fault that takes its time: so many blocks pass before the next thing happens. */
  async passBlocks(blocks: number): Promise<void> {
    const end = this.stage.block + blocks;
    while (this.stage.block < end) {
      await this.stage.pass(1);
      this.blockPassed();
      await this.stage.quiet();
    }
  }

  askForRun(): void {
    void this.stage.run?.core.operations.runMaintenance({ dryRun: false }).catch(() => {}); // a run that fails is reported
  }

  /** A live batch of the pool that nobody has acquired, and that `suits`; undefined when there is none. */
  pooledBatch(dice: Dice, suits: (batchId: string) => boolean = () => true): string | undefined {
    const live = [...this.disk.read().stamps.values()]
      .filter(({ state }) => state === 'propagating' || state === 'available')
      .map(({ batchId }) => batchId)
      .filter(suits);
    return live.length === 0 ? undefined : dice.pick(live);
  }

  /** The last that the node's wallet has paid for, while it is not in the pool. */
  unsettledBatch(): string | undefined {
    const { chain, wallet } = this.stage.simulator;
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
