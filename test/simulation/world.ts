import { createBee } from '../../src/bee/http-bee.ts';
import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { nodeName, parseOrderId } from '../../src/domain/units.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { untraced } from '../../src/trace.ts';
import { type Engine, startEngine } from '../../src/wiring/engine.ts';
import { ChainClock } from '../virtual/chain-clock.ts';
import { Life } from '../virtual/life.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { noWebhooks } from '../webhooks/no-webhooks.ts';
import { isLie } from './fault-kinds.ts';
import { Journal } from './journal.ts';
import { LyingProxy } from './lying-proxy.ts';
import { OtherNode } from './other-node.ts';
import { Prng } from './prng.ts';
import type { Scenario } from './scenario.ts';
import type { SeedFile } from './scratch-file.ts';
import { SharedDatabase } from './shared-database.ts';
import type { DatabaseTrouble } from './troubled-database.ts';

export const BLOCK_MS = 5000;
const OBSERVE_TIMEOUT_MS = 20_000;

/** Which node answers a request: the node of the service, or another one. */
export type Answering = 'own' | 'other';

/** Receives every event at the edges of the service: requests, responses, incidents and runs. */
export interface Observer {
  asked(request: HttpRequest, answering: Answering): void;
  /** `answer` is null when no answer arrived. */
  answered(request: HttpRequest, answer: HttpAnswer | null, answering: Answering): void;
  incident(code: string, fields: Record<string, unknown> | null, message: string): void;
  runEnded(run: Parameters<Parameters<Engine['onRun']>[0]>[0]): void;
  started(): void;
  died(): void;
  /** The wall clock was set. */
  jumped(): void;
  /** A process does what only the holder of the lease may do, and another one has it, or none. */
  unleased(process: string, what: string): void;
}

/** The service while its process runs. */
export interface RunningService {
  /** Its name as the holder of a lease. */
  readonly name: string;
  readonly life: Life;
  readonly engine: Engine;
}

/** The processes of a world with rivals. */
const RIVALS = ['a', 'b'] as const;
const MAX_COMMIT_MS = 5_000;
const LEASE_TIMES = { ttlMs: 15_000, renewMs: 5_000 };

/**
 * A node, a clock, a database file and a process that can be killed and restarted. Time advances only in `pass`. With rivals,
 * there are two processes on one database; the observer then sees the one that has taken the lease last as the service.
 */
export class World {
  readonly simulator: Simulator;
  readonly clock = new VirtualClock();
  readonly journal: Journal;
  readonly trouble: DatabaseTrouble;
  readonly proxy: LyingProxy;
  /** Created on first use. */
  #other: OtherNode | null = null;
  /** The block from which `block` counts. */
  startBlock: number;
  #wallOffsetMs = 0;
  policy: Policy;
  observer: Observer | null = null;
  /** Called at each request of the service, before the node receives it. */
  onAsked: (request: HttpRequest, answering: Answering) => void = () => {};
  /** Which node answers the nth request of the scenario. */
  behindUrl: (n: number) => Answering = () => 'own';
  #requests = 0;
  deaths = 0;
  /** How often a process took the lease after another one, except after both were stopped. */
  takeOvers = 0;
  steps = 0;
  #openRequests = 0;
  readonly #openRequestsOf = new Map<Life, number>();
  #running: readonly RunningService[] = [];
  /** The process that has taken the lease last. */
  #deciding: Life | null = null;
  /** The same, also when it has died since. */
  #lastHolder: Life | null = null;
  readonly #database: SharedDatabase | null;
  readonly #chainClock: ChainClock;
  #ids = 0;
  readonly #file: SeedFile;
  readonly scenario: Scenario;
  readonly #prng: Prng;
  /** Whether half an answer arrives as a complete one, as through a careless proxy. If not, the transport reports the broken connection. */
  halvesAreWhole = false;

  constructor(scenario: Scenario, file: SeedFile, policy: Policy) {
    this.scenario = scenario;
    this.#file = file;
    this.trouble = file.trouble;
    this.policy = policy;
    this.#prng = new Prng(scenario.seed, 104);
    this.#database = scenario.rivals ? new SharedDatabase(scenario.seed, this.clock) : null;
    this.proxy = new LyingProxy({ remembers: scenario.faults.some(({ kind }) => isLie(kind)) });
    const { seed, version, chequebook, approveBlocks, createBlocks, gapBlocks, bzzPlur, xdaiWei } = scenario;
    this.simulator = createSimulator({
      seed,
      version,
      chequebook,
      approveBlocks,
      createBlocks,
      gapBlocks,
      bzzPlur,
      xdaiWei,
      blockTimeMs: BLOCK_MS,
    });
    this.simulator.mineBlocks(39);
    this.simulator.newBlock();
    this.#chainClock = new ChainClock(this.simulator, this.clock, BLOCK_MS);
    this.startBlock = this.simulator.chain.tip;
    this.journal = new Journal(() => {
      const at = this.clock.now().toISOString().slice(5, 19);
      return `${String(this.block).padStart(5)} ${at}`;
    });
  }

  /** Blocks since the start of the scenario. */
  get block(): number {
    return this.simulator.chain.tip - this.startBlock;
  }

  /** null while no process runs. Of rivals, the one that decides, unless it is paused. */
  get service(): RunningService | null {
    const awake = this.#running.filter(({ life }) => !life.isPaused);
    return awake.find(({ life }) => life === this.#deciding) ?? awake[0] ?? this.#running[0] ?? null;
  }

  get running(): readonly RunningService[] {
    return this.#running;
  }

  get deciding(): RunningService | null {
    return this.#running.find(({ life }) => life === this.#deciding) ?? null;
  }

  get database(): SharedDatabase {
    if (this.#database === null) throw new Error('the scenario has no rivals');
    return this.#database;
  }

  /** Whether the process that decides has been answered what is on disk. The levels of another one follow a moment later. */
  get knowsCommits(): boolean {
    if (this.#database === null) return true;
    const { deciding } = this;
    return deciding !== null && this.service === deciding && !this.#database.isSlow(deciding.name);
  }

  /** Some process has to be started. */
  get isIncomplete(): boolean {
    return this.#running.length < (this.#database === null ? 1 : RIVALS.length);
  }

  get nowMs(): number {
    return this.clock.monotonicMs();
  }

  get wallOffsetMs(): number {
    return this.#wallOffsetMs;
  }

  otherNode(): Simulator {
    this.#other ??= new OtherNode(this.simulator, {
      clock: this.clock,
      ...this.scenario,
      blockTimeMs: BLOCK_MS,
    });
    return this.#other.simulator;
  }

  jump(ms: number): void {
    this.#wallOffsetMs += ms;
    this.observer?.jumped();
    this.clock.jump(ms);
  }

  /** Starts what does not run. A process dies after `dieAfter` steps, if given. */
  async start(dieAfter = Number.POSITIVE_INFINITY): Promise<void> {
    if (this.#database === null) return await this.#start('a', dieAfter);
    for (const name of RIVALS)
      if (!this.#running.some((one) => one.name.startsWith(name))) await this.#start(name);
  }

  async #start(process: string, dieAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const database = this.#database;
    const name = database === null ? process : `${process}${database.starts++}`;
    const life = new Life();
    const file = database?.store ?? (await this.#file.open(() => this.#newId()));
    if (database !== null) database.store = file;
    const store =
      database === null
        ? life.mortal(file)
        : database.storeOf(name, life, () => this.#mustHold(name, 'has written a decision'));
    life.dieAt(dieAfter, () => {
      if (database === null) void file[Symbol.asyncDispose]();
      this.#died(life);
    });
    this.trouble.kill = () => life.die();
    if (database === null) this.observer?.started();
    this.journal.write(database === null ? 'the process starts' : `process ${name} starts`);
    const clock = life.mortalClock(this.clock);
    const wire = this.#wireOf(name, life);
    const node = nodeName('bee');
    const bee = createBee({
      node,
      send: (request) => wire(request),
      clock,
      observeTimeoutMs: OBSERVE_TIMEOUT_MS,
    });
    const starting = startEngine({
      nodes: [{ name: node, bee, upload: null }],
      store,
      clock,
      policy: this.policy,
      publicUrl: () => 'http://bee.example',
      effectiveBytes: () => 1,
      sinks: {
        log: (_severity, fields, message) => this.#incident(life, fields, message),
        count: (code) => void (life.dead || this.observer?.incident(code, null, '')),
      },
      log: (_fields, message) => void (life.dead || this.journal.write(`  ${message}`)),
      onAcquire: () => {},
      groupCommit: true,
      onOrder: () => {},
      random: () => this.#prng.fraction(),
      newOrderId: () => parseOrderId(this.#newId()),
      webhooks: noWebhooks(file),
      trace: untraced,
      replica: name,
      onLease: ({ is }) => void (is === 'taken' && this.#taken(life)),
      ...(database === null ? {} : { leaseTimes: LEASE_TIMES }),
    });
    const started = await Promise.race([starting.catch((error: unknown) => ({ failed: error })), died(life)]);
    if (started === null || life.dead) return; // it died during its start
    if ('failed' in started) {
      if (!(started.failed instanceof StoreFailedError)) throw started.failed;
      this.journal.write(`the process fails to start: ${String(started.failed)}`);
      life.die();
      return;
    }
    this.#running = [...this.#running, { name, life, engine: started }];
    started.onRun((run) => {
      if (life.dead) return;
      if (database !== null) this.#mustHold(name, 'ends a run');
      if (this.#isObserved(life)) this.observer?.runEnded(run);
    });
    await this.quiet();
  }

  /** By the holder, and within 5 s after the commit began. */
  #mustBeSent(name: string, { method, path }: HttpRequest): void {
    this.#mustHold(name, `sends ${method} ${path}`);
    const lateMs = this.nowMs - this.database.sendingSinceMs(name) - MAX_COMMIT_MS;
    if (lateMs > 0) this.observer?.unleased(name, `sends ${method} ${path}, ${lateMs} ms too late`);
  }

  #mustHold(name: string, what: string): void {
    const holder = this.#file.disk.holderAt(this.clock.now());
    if (holder !== name)
      this.observer?.unleased(name, `${what}, and the lease is of ${holder ?? 'no process'}`);
  }

  #taken(life: Life): void {
    if (this.#database === null) return;
    if (this.#deciding !== null) this.observer?.died(); // what it remembered does not count any more
    if (this.#lastHolder !== null && this.#lastHolder !== life) this.takeOvers += 1;
    this.#lastHolder = life;
    this.#deciding = life;
    this.observer?.started();
  }

  #isObserved(life: Life): boolean {
    return this.#database === null || life === this.#deciding;
  }

  /** How many blocks may pass before anything in the service can act: no timer fires earlier, and no request is open. */
  get blocksUntilNoticed(): number {
    if (this.#openRequests > 0) return 1;
    const blocks = Math.floor((this.clock.nextWakeMs - this.nowMs) / BLOCK_MS);
    return Number.isFinite(blocks) ? Math.max(1, blocks) : 1_000;
  }

  /** Stops each process as SIGTERM does. */
  async stop(): Promise<void> {
    for (const { engine, life, name } of this.#running) {
      this.journal.write(
        this.#database === null ? 'the process receives SIGTERM' : `process ${name} receives SIGTERM`,
      );
      const stopping = engine[Symbol.asyncDispose]();
      if (this.#database !== null) await this.quiet();
      await Promise.race([stopping, died(life)]);
      life.die();
    }
    this.#lastHolder = null;
  }

  /** Kills what runs, and closes the database. */
  async end(): Promise<void> {
    for (const { life } of this.#running) life.die();
    if (this.#database === null) return;
    await this.quiet();
    await this.#database.store?.[Symbol.asyncDispose]();
  }

  /** Ends what happens to the processes. */
  calm(): void {
    for (const { life } of this.#running) {
      life.spare();
      life.resume();
    }
    this.#database?.calm();
  }

  /** Lets this many blocks pass, with everything that happens in them. */
  async pass(blocks: number): Promise<void> {
    const end = this.simulator.chain.tip + blocks;
    while (this.simulator.chain.tip < end) await this.#step(end);
  }

  /** Runs everything that needs no more time. */
  async quiet(): Promise<void> {
    let before: number;
    do {
      before = this.#activity();
      await new Promise((resolve) => setImmediate(resolve));
    } while (this.#activity() !== before || this.#database?.isAnswering);
  }

  async #step(end: number): Promise<void> {
    const chain = this.#chainClock;
    const wakesAtMs = this.clock.nextWakeMs;
    const receiptsMs = Math.min(chain.nextReceiptsMs, this.#other?.nextReceiptsMs ?? Infinity);
    const noticedAtMs = Math.min(wakesAtMs, this.#openRequests > 0 ? receiptsMs : Infinity);
    if (noticedAtMs < chain.nextBlockMs) {
      this.clock.advanceTo(noticedAtMs);
      chain.catchUp();
      this.#other?.catchUp();
      return await this.quiet();
    }
    do {
      this.clock.advanceTo(chain.nextBlockMs);
      chain.catchUp();
      this.#other?.catchUp();
      // no timer fires before `wakesAtMs`, so the service cannot observe these blocks
    } while (this.#openRequests === 0 && this.simulator.chain.tip < end && wakesAtMs > chain.nextBlockMs);
    await this.quiet();
  }

  #activity(): number {
    return this.steps + this.#running.reduce((sum, { life }) => sum + life.steps, 0);
  }

  #died(life: Life): void {
    if (this.#database === null) this.clock.forgetSleepers();
    this.steps += life.steps;
    this.#running = this.#running.filter((one) => one.life !== life);
    this.#openRequests -= this.#openRequestsOf.get(life) ?? 0;
    this.#openRequestsOf.delete(life);
    this.deaths += 1;
    this.journal.write(`the process is dead, after ${life.steps} steps`);
    if (!this.#isObserved(life)) return;
    this.#deciding = null;
    this.observer?.died();
  }

  /** The observer sees a request when it leaves, and its answer when the process receives it. */
  #wireOf(name: string, life: Life): (request: HttpRequest) => Promise<HttpAnswer> {
    const { send } = life.mortal({ send: (request: HttpRequest) => this.#send(request, life) });
    if (this.#database === null) return send;
    const { send: sendUnseen } = life.mortal({
      send: (request: HttpRequest) => this.#sendUnseen(request, life),
    });
    return async (request) => {
      const isMoney = request.method !== 'GET';
      if (isMoney) this.#mustBeSent(name, request);
      const answering = this.behindUrl(this.#requests);
      if (isMoney || this.#isObserved(life)) this.observer?.asked(request, answering);
      const answered = (answer: HttpAnswer | null): void => {
        if (life.dead || (!isMoney && !this.#isObserved(life))) return;
        const isRefusal = answer !== null && answer.status >= 400;
        if (this.#isObserved(life) || !isRefusal) this.observer?.answered(request, answer, answering); // another one does not know of it
      };
      return await sendUnseen(request).then(
        (answer) => {
          answered(answer);
          return answer;
        },
        (error: unknown) => {
          answered(null);
          throw error;
        },
      );
    };
  }

  #sendUnseen(request: HttpRequest, life: Life): Promise<HttpAnswer> {
    const answering = this.behindUrl(this.#requests++);
    this.onAsked(request, answering);
    return this.#sendTo(answering, request, life);
  }

  async #sendTo(answering: Answering, request: HttpRequest, life: Life): Promise<HttpAnswer> {
    this.#countOpen(life, 1);
    try {
      return await this.proxy.exchange(request, () => this.#exchange(request, life, this.#nodeOf(answering)));
    } finally {
      if (!life.dead) this.#countOpen(life, -1);
    }
  }

  #countOpen(life: Life, by: number): void {
    this.#openRequests += by;
    this.#openRequestsOf.set(life, (this.#openRequestsOf.get(life) ?? 0) + by);
  }

  #nodeOf(answering: Answering): Simulator {
    return answering === 'own' ? this.simulator : this.otherNode();
  }

  async #send(request: HttpRequest, life: Life): Promise<HttpAnswer> {
    const answering = this.behindUrl(this.#requests++);
    this.onAsked(request, answering);
    this.observer?.asked(request, answering);
    try {
      const answer = await this.#sendTo(answering, request, life);
      this.observer?.answered(request, life.dead ? null : answer, answering);
      return answer;
    } catch (error) {
      if (!life.dead) this.observer?.answered(request, null, answering);
      throw error;
    }
  }

  async #exchange(
    { method, path, headers }: HttpRequest,
    life: Life,
    simulator: Simulator,
  ): Promise<HttpAnswer> {
    try {
      const {
        status,
        headers: answered,
        body,
        cutAfter,
      } = await simulator.handle({ method, path, headers }, life.gone);
      if (cutAfter !== undefined && !this.halvesAreWhole) {
        throw new TransportError('other side closed', { mayHaveBeenSent: true });
      }
      return { status, contentType: answered['content-type'] ?? '', body: body.slice(0, cutAfter) };
    } catch (error) {
      if (error instanceof TransportError) throw error;
      const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
      throw new TransportError(String(error), { mayHaveBeenSent: !refused, cause: error });
    }
  }

  #incident(life: Life, fields: Record<string, unknown>, message: string): void {
    if (life.dead) return;
    const code = String(fields['code']);
    this.journal.write(`  ${code}: ${message}`);
    this.observer?.incident(code, fields, message);
  }

  /** A UUIDv7 made from a counter: ids increase whatever the clock shows. */
  #newId(): string {
    const count = (this.#ids++).toString(16).padStart(12, '0');
    return `01900000-0000-7000-8000-${count}`;
  }
}

function died(life: Life): Promise<null> {
  return new Promise((resolve) => {
    if (life.dead) resolve(null);
    else life.gone.addEventListener('abort', () => resolve(null), { once: true });
  });
}
