import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Bee } from '../../src/bee/bee.ts';
import type { CanaryUpload } from '../../src/bee/canary-upload.ts';
import { createBee } from '../../src/bee/http-bee.ts';
import type { Send } from '../../src/bee/transport.ts';
import type { Clock } from '../../src/clock.ts';
import type { IncidentCode } from '../../src/domain/incident.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import type { Policy } from '../../src/domain/policy.ts';
import {
  bzzToPlur,
  depth,
  type NodeName,
  nodeName,
  parseBatchId,
  parseOrderId,
  plur,
  wei,
} from '../../src/domain/units.ts';
import { createMetrics, type Metrics } from '../../src/metrics/metrics.ts';
import { KeptLastKnown } from '../../src/pool/kept-last-known.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import type { Store } from '../../src/store/store.ts';
import { untraced } from '../../src/trace.ts';
import { createReceiver } from '../../src/webhooks/receiver.ts';
import { type Engine, type EngineParts, startEngine } from '../../src/wiring/engine.ts';
import { ANY_LARGER } from '../builders.ts';
import { Prng } from '../simulation/prng.ts';
import { type LateStore, lateStore, ticks } from '../store/late-store.ts';
import { migratedFile } from '../store/migrated-file.ts';
import type { WatchedStore } from '../store/watched-store.ts';
import { withMembers } from '../store/with-members.ts';
import { noWebhooks } from '../webhooks/no-webhooks.ts';
import { SECRET, TestReceiver } from '../webhooks/test-receiver.ts';
import { ChainClock } from './chain-clock.ts';
import { inProcess, quiet } from './in-process.ts';
import { Life } from './life.ts';
import { PostgresDatabase } from './postgres-database.ts';
import { VirtualClock } from './virtual-clock.ts';

const BLOCK_MS = 5000;
const OBSERVE_TIMEOUT_MS = 20_000;
const HOUR = 3600;

/** In the second pass of the promise tests: see vitest.config.ts. */
export const STORE_ANSWERS_LATE = process.env['STORE_ANSWERS'] === 'late';
/** In the third pass: see postgres-database.ts. */
export const STORE_ON_POSTGRES = process.env['STORE'] === 'postgres';
/** On a server, a lease expires by the server's clock, which is not the virtual one. */
const HELD_FOR_EVER = { ttlMs: 100 * 365 * 24 * 3_600_000, renewMs: Infinity };

/** The defaults of the service: one small and one medium stamp as targets. */
export function aPolicy(wishes: Partial<Policy> = {}): Policy {
  return {
    targets: new Map([
      [depth(17), 1],
      [depth(20), 1],
    ]),
    acquireMinTtlSeconds: 12 * HOUR,
    minTtlSeconds: 24 * HOUR,
    topUpSeconds: 168 * HOUR,
    defaultDurationSeconds: 168 * HOUR,
    lowReserveThreshold: 1,
    immediateReplenish: true,
    fallback: ANY_LARGER,
    adoption: { from: 'nowhere' },
    immutable: true,
    canaryIntervalSeconds: null,
    runIntervalSeconds: 900,
    blockTimeSeconds: BLOCK_MS / 1000,
    maxSpendPerDay: null,
    maxOrder: null,
    maxPrice: null,
    walletFloorBzz: plur(0n),
    walletFloorXdai: wei(10n ** 16n),
    drainedNodes: new Set(),
    nodeAwaySeconds: HOUR,
    ...wishes,
  };
}

export interface WorldOptions {
  readonly seed?: number;
  readonly policy?: Partial<Policy>;
  readonly simulator?: SimulatorOptions;
  /** Counts and measures as the service does: see `metrics`. */
  readonly metered?: boolean;
  /** How uploads with the canary end. Default: there are none. */
  readonly upload?: CanaryUpload;
  /** Wraps the transport between service and node. */
  readonly through?: (send: Send) => Send;
  /** Whether `receiver` gets webhooks. */
  readonly notified?: boolean;
}

/** A running process in a world: the engine and a real SQLite file, or a database on a real PostgreSQL server. */
export interface Run {
  readonly life: Life;
  readonly store: Store;
  readonly engine: Engine;
}

/**
 * The real engine, Bee adapter and store, with a simulated chain and a virtual clock. The process can be killed and started
 * again, with the same database and the same node.
 */
export class World implements AsyncDisposable {
  readonly clock = new VirtualClock();
  /** The node that the process is started against. */
  readonly simulator: Simulator;
  readonly #others: Simulator[] = [];
  /** The nodes of the pool beside the first. */
  readonly #added = new Map<NodeName, { readonly simulator: Simulator; readonly chainClock: ChainClock }>();
  /** Which node answers the nth request. */
  #behindUrl: (n: number) => Simulator;
  #requests = 0;
  #openRequests = 0;
  readonly #lives: Life[] = [];
  #restedAt = '';
  #policy: Policy;
  readonly incidents: IncidentCode[] = [];
  readonly log: string[] = [];
  /** The fields of the lines that are not incidents. */
  readonly logFields: Readonly<Record<string, unknown>>[] = [];
  /** What a metered world takes as the number of log lines that were dropped. */
  droppedLogLines = 0;
  /** The causes that were logged with incidents. */
  readonly causes: unknown[] = [];
  readonly #directory = mkdtempSync(join(tmpdir(), 'stamp-pool-'));
  readonly #postgres = STORE_ON_POSTGRES ? new PostgresDatabase(this.clock) : null;
  readonly #random: () => number;
  readonly #chainClock: ChainClock;
  readonly #through: (send: Send) => Send;
  readonly receiver = new TestReceiver(() => this.clock.now());
  readonly #notified: boolean;
  readonly #upload: CanaryUpload | null;
  #run: Run | null = null;
  readonly #metered: boolean;
  #metrics: Metrics | null = null;
  #late: LateStore | null = null;
  #watched: WatchedStore | null = null;
  #ids = 0;

  constructor({
    seed = 1,
    policy = {},
    simulator = {},
    metered = false,
    notified = false,
    upload,
    through = (send) => send,
  }: WorldOptions = {}) {
    this.#metered = metered;
    this.#notified = notified;
    this.#upload = upload ?? null;
    this.simulator = createSimulator({
      seed,
      blockTimeMs: BLOCK_MS,
      bzzPlur: bzzToPlur('100') ?? 0n,
      ...simulator,
    });
    this.simulator.mineBlocks(39);
    this.simulator.newBlock();
    this.#chainClock = new ChainClock(this.simulator, this.clock, BLOCK_MS);
    this.#behindUrl = () => this.simulator;
    this.#policy = aPolicy(policy);
    const prng = new Prng(seed, 0);
    this.#random = () => prng.fraction();
    this.#through = through;
  }

  get run(): Run {
    if (this.#run === null) throw new Error('the process is not running');
    return this.#run;
  }

  /** Of the process; only in a world that is `metered`. */
  get metrics(): Metrics {
    if (this.#metrics === null) throw new Error('nothing is measured');
    return this.#metrics;
  }

  /** A node with its own wallet, batches and chain. It mines its blocks together with the first node. */
  anotherNode(seed: number, options: SimulatorOptions = {}): Simulator {
    const other = createSimulator({
      seed,
      blockTimeMs: BLOCK_MS,
      bzzPlur: bzzToPlur('100') ?? 0n,
      ...options,
    });
    other.mineBlocks(this.simulator.chain.tip - other.chain.tip);
    this.#others.push(other);
    return other;
  }

  /** A further node of the pool, from the next start on. Call it at the beginning of a block. */
  addNode(name: string, seed: number, options: SimulatorOptions = {}): Simulator {
    const simulator = createSimulator({
      seed,
      blockTimeMs: BLOCK_MS,
      bzzPlur: bzzToPlur('100') ?? 0n,
      ...options,
    });
    simulator.mineBlocks(this.simulator.chain.tip - simulator.chain.tip - 1);
    simulator.newBlock();
    const chainClock = new ChainClock(simulator, this.clock, BLOCK_MS);
    this.#added.set(nodeName(name), { simulator, chainClock });
    return simulator;
  }

  /** Chooses from now on which node answers at the URL. */
  answerFrom(behindUrl: (n: number) => Simulator): void {
    this.#behindUrl = behindUrl;
  }

  /** Lists batches for adoption, from the next start on. */
  adopt(batchIds: readonly string[]): void {
    this.set({ adoption: { from: 'list', batchIds: new Set(batchIds.map(parseBatchId)) } });
  }

  /** Changes settings, from the next start on. */
  set(wishes: Partial<Policy>): void {
    this.#policy = { ...this.#policy, ...wishes };
  }

  /** By which the pool counts times to live: that of the database server, or else of the process. */
  serverTime(): Date {
    return this.#postgres?.serverTime() ?? this.clock.now();
  }

  get file(): string {
    return join(this.#directory, 'stamp-pool.db');
  }

  /** Starts the process, which dies at step `dieAt`, if given. */
  async start({
    dieAt = Infinity,
    onStep = () => {},
    nodeCalled = 'bee',
    around = (store) => store,
    replica,
    clock: ofMachine = this.clock,
  }: {
    readonly dieAt?: number;
    readonly onStep?: (step: number) => void;
    readonly nodeCalled?: string;
    /** Wraps the store of the process. */
    readonly around?: (store: Store) => Store;
    /** Starts one of several processes on the same database, which take over the lease from each other. */
    readonly replica?: string;
    /** Of the machine of the process. Default: that of the world. */
    readonly clock?: Clock;
  } = {}): Promise<Run> {
    const life = new Life();
    this.#lives.push(life);
    life.onStep(onStep);
    const store = replica !== undefined && this.#run !== null ? this.#run.store : await this.openStore();
    const clock = life.mortalClock(ofMachine);
    const answers = this.#counted(inProcess(() => this.#behindUrl(this.#requests++), life.gone));
    const send = life.mortal({ send: this.#through(answers) });
    const node = nodeName(nodeCalled);
    const bee = createBee({
      node,
      send: (request) => send.send(request),
      clock,
      observeTimeoutMs: OBSERVE_TIMEOUT_MS,
    });
    const known = this.#metered ? await KeptLastKnown.open(store, [node]) : null;
    const metrics = known && this.#startMetrics(bee, known);
    this.#metrics = metrics;
    if (replica === undefined) life.dieAt(dieAt, () => void store[Symbol.asyncDispose]());
    const used = around(this.#answeringLate(store));
    const leases = life.mortal(used.leases);
    const engine = await startEngine({
      nodes: [
        { name: node, bee, upload: this.#upload },
        ...[...this.#added].map(([name, { simulator }]) => {
          const { send: ask } = life.mortal({ send: this.#counted(inProcess(() => simulator, life.gone)) });
          return {
            name,
            bee: createBee({ node: name, send: ask, clock, observeTimeoutMs: OBSERVE_TIMEOUT_MS }),
            upload: null,
          };
        }),
      ],
      store: withMembers(life.mortal(used), {
        leases: replica === undefined ? leases : sharedLeases(leases),
      }),
      clock,
      policy: this.#policy,
      publicUrl: () => 'http://bee.example',
      effectiveBytes: () => 1,
      sinks: {
        log: (severity, fields, message) => {
          this.log.push(`${severity}: ${message}`);
          if (fields['err'] !== undefined) this.causes.push(fields['err']);
        },
        count: (code) => {
          this.incidents.push(code);
          metrics?.incident(code);
        },
      },
      log: (fields, message) => {
        this.log.push(message);
        this.logFields.push(fields);
      },
      onAcquire: (event) => metrics?.acquired(event),
      groupCommit: true,
      onOrder: (event) => metrics?.orderSettled(event),
      random: this.#random,
      newOrderId: () => parseOrderId(this.#newId()),
      webhooks: this.#notified ? this.#webhooks({ store, life, clock }) : noWebhooks(store),
      trace: untraced,
      replica: replica ?? 'test',
      onLease: () => {},
      ...(this.#postgres !== null && { leaseTimes: HELD_FOR_EVER }),
      ...(replica !== undefined && { leaseTimes: { ttlMs: 15_000, renewMs: 5_000 } }),
    });
    engine.onRun((run) => {
      metrics?.runEnded(run);
      known?.runEnded(run);
    });
    this.#run = { life, store, engine };
    await this.quiet();
    return this.#run;
  }

  /** Like SIGKILL: closes the connections, and nothing more is written. */
  async kill(): Promise<void> {
    this.run.life.die();
    await this.quiet();
    this.#run = null;
  }

  /** Like SIGTERM. */
  async stop(): Promise<void> {
    const { engine, store, life } = this.run;
    await engine[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
    life.die();
    this.#run = null;
  }

  /** Moves time to the next event: a block, a receipt, or the end of a sleep. */
  async step(): Promise<void> {
    const wakesAtMs = this.clock.nextWakeMs;
    const isStill = this.#isStill;
    const chains = [this.#chainClock, ...[...this.#added.values()].map(({ chainClock }) => chainClock)];
    const events = chains.flatMap(({ nextBlockMs, nextReceiptsMs }) => [nextBlockMs, nextReceiptsMs]);
    this.clock.advanceTo(Math.min(...events, this.clock.nextWakeMs));
    for (const chain of chains) chain.catchUp();
    for (const other of this.#others) other.mineBlocks(this.simulator.chain.tip - other.chain.tip);
    if (isStill && this.clock.monotonicMs() < wakesAtMs) return; // no process notices this event
    await this.quiet();
  }

  /** Lets everything run that needs no more time. */
  async quiet(): Promise<void> {
    do {
      await this.#watched?.idle();
      await quiet();
    } while ((this.#late?.pending() ?? 0) > 0 || this.#watched?.isBusy());
    this.#restedAt = this.#activity;
  }

  /** No process has made a step since it was quiet, and each sleeps for longer than it ever waits during a run. */
  get #isStill(): boolean {
    const sleepsMs = this.clock.nextWakeMs - this.clock.monotonicMs();
    const isAsleep = Number.isFinite(sleepsMs) && sleepsMs > OBSERVE_TIMEOUT_MS; // in the middle of a run there may be no sleep
    const isAsked = this.#openRequests > 0 || this.#watched?.isBusy() === true;
    return isAsleep && !isAsked && this.#activity === this.#restedAt;
  }

  /** Changes with each step of a process, and when the next sleep ends at another time. */
  get #activity(): string {
    return `${this.#lives.reduce((sum, { steps }) => sum + steps, 0)} ${this.clock.nextWakeMs}`;
  }

  #counted(send: Send): Send {
    return async (request) => {
      this.#openRequests += 1;
      try {
        return await send(request);
      } finally {
        this.#openRequests -= 1;
      }
    };
  }

  async passBlocks(blocks: number): Promise<void> {
    const end = this.simulator.chain.tip + blocks;
    await this.quiet(); // for what the test has just begun
    while (this.simulator.chain.tip < end) await this.step();
  }

  /** @throws an error with the log if it is not true within this many blocks. */
  async until(what: string, isTrue: () => boolean | Promise<boolean>, withinBlocks = 200): Promise<void> {
    const end = this.simulator.chain.tip + withinBlocks;
    await this.quiet();
    while (!(await isTrue())) {
      if (this.simulator.chain.tip >= end)
        throw new Error(`not within ${withinBlocks} blocks: ${what}\n${this.log.join('\n')}`);
      await this.step();
    }
  }

  /** Requests a run, as an operator does. */
  async maintain(options: { readonly dryRun: boolean } = { dryRun: false }): Promise<MaintenanceRun> {
    const asked = this.run.engine.operations.runMaintenance(options);
    let answered = false;
    void asked
      .catch(() => undefined) // it is thrown below
      .finally(() => {
        answered = true;
      });
    await this.until('the run has ended', () => answered);
    const result = await asked;
    if (result.is !== 'done') throw new Error(result.is);
    return result.runs[0];
  }

  /** Waits until every target is met by available stamps. */
  async full(withinBlocks?: number): Promise<void> {
    await this.until(
      'all targets are met',
      () => this.run.engine.levels.current.depths.every(({ available, target }) => available >= target),
      withinBlocks,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#run) await this.stop();
    await this.#postgres?.[Symbol.asyncDispose]();
    rmSync(this.#directory, { recursive: true });
  }

  /** The store of the process, or of a command while none runs. */
  async openStore(): Promise<Store> {
    const newId = (): string => this.#newId();
    if (this.#postgres === null) {
      if (!existsSync(this.file)) await migratedFile(this.file);
      return await openSqliteStore({ file: this.file, newId });
    }
    this.#watched = await this.#postgres.open(newId);
    return this.#watched.store;
  }

  #startMetrics(bee: Bee, known: KeptLastKnown): Metrics {
    return createMetrics({
      targets: this.#policy.targets.keys(),
      droppedLogLines: () => this.droppedLogLines,
      beeFailures: [bee.failures],
      known: () => known.all,
      nodes: [nodeName('bee')],
      now: () => this.clock.now(),
      blockTimeSeconds: this.#policy.blockTimeSeconds,
      runIntervalSeconds: this.#policy.runIntervalSeconds,
    });
  }

  #answeringLate(store: Store): Store {
    if (!STORE_ANSWERS_LATE) return store;
    const prng = new Prng(this.#ids, 1);
    const wait = (units: number): Promise<void> => ticks(units >> 1);
    this.#late = lateStore(store, { random: () => prng.fraction(), wait });
    return this.#late.store;
  }

  #webhooks({ store, life, clock }: Omit<Run, 'engine'> & { clock: Clock }): EngineParts['webhooks'] {
    return {
      ...noWebhooks(store),
      outbox: life.mortal(store.outbox),
      receiver: life.mortal(createReceiver({ post: this.receiver.post, secret: SECRET, clock })),
      nodeUrl: () => 'http://bee:1633',
    };
  }

  /** A UUIDv7 of the virtual time and a count. */
  #newId(): string {
    const time = this.clock.now().getTime().toString(16).padStart(12, '0');
    const count = (this.#ids++).toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${count}`;
  }
}

/** Of a database that several processes use. */
const sharedLeases = (leases: Store['leases']): Store['leases'] => withMembers(leases, { shared: true });
