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
}

/** The service while its process runs. */
export interface RunningService {
  readonly life: Life;
  readonly engine: Engine;
}

/** A node, a clock, a database file and a process that can be killed and restarted. Time advances only in `pass`. */
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
  steps = 0;
  #openRequests = 0;
  #service: RunningService | null = null;
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

  /** null while the process does not run. */
  get service(): RunningService | null {
    return this.#service;
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

  /** Starts the process. It dies after `dieAfter` steps, if given. */
  async start(dieAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const life = new Life();
    const store = await this.#file.open(() => this.#newId());
    life.dieAt(dieAfter, () => {
      void store[Symbol.asyncDispose]();
      this.#died(life);
    });
    this.trouble.kill = () => life.die();
    this.observer?.started();
    this.journal.write('the process starts');
    const clock = life.mortalClock(this.clock);
    const wire = life.mortal({ send: (request: HttpRequest) => this.#send(request, life) });
    const node = nodeName('bee');
    const bee = createBee({
      node,
      send: (request) => wire.send(request),
      clock,
      observeTimeoutMs: OBSERVE_TIMEOUT_MS,
    });
    const starting = startEngine({
      nodes: [{ name: node, bee, upload: null }],
      store: life.mortal(store),
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
      onOrder: () => {},
      random: () => this.#prng.fraction(),
      newOrderId: () => parseOrderId(this.#newId()),
      webhooks: noWebhooks(store),
      trace: untraced,
      replica: 'a',
      onLease: () => {},
    });
    const started = await Promise.race([starting.catch((error: unknown) => ({ failed: error })), died(life)]);
    if (started === null || life.dead) return; // it died during its start
    if ('failed' in started) {
      if (!(started.failed instanceof StoreFailedError)) throw started.failed;
      this.journal.write(`the process fails to start: ${String(started.failed)}`);
      life.die();
      return;
    }
    this.#service = { life, engine: started };
    started.onRun((run) => void (life.dead || this.observer?.runEnded(run)));
    await this.quiet();
  }

  /** How many blocks may pass before anything in the service can act: no timer fires earlier, and no request is open. */
  get blocksUntilNoticed(): number {
    if (this.#openRequests > 0) return 1;
    const blocks = Math.floor((this.clock.nextWakeMs - this.nowMs) / BLOCK_MS);
    return Number.isFinite(blocks) ? Math.max(1, blocks) : 1_000;
  }

  /** Stops the process as SIGTERM does. */
  async stop(): Promise<void> {
    const service = this.#service;
    if (service === null) return;
    this.journal.write('the process receives SIGTERM');
    await Promise.race([service.engine[Symbol.asyncDispose](), died(service.life)]);
    service.life.die();
  }

  kill(): void {
    this.#service?.life.die();
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
    } while (this.#activity() !== before);
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
    return this.steps + (this.#service?.life.steps ?? 0);
  }

  #died(life: Life): void {
    this.clock.forgetSleepers();
    this.steps += life.steps;
    this.#service = null;
    this.#openRequests = 0;
    this.deaths += 1;
    this.journal.write(`the process is dead, after ${life.steps} steps`);
    this.observer?.died();
  }

  async #send(request: HttpRequest, life: Life): Promise<HttpAnswer> {
    const answering = this.behindUrl(this.#requests++);
    this.onAsked(request, answering);
    this.observer?.asked(request, answering);
    this.#openRequests += 1;
    try {
      const simulator = answering === 'own' ? this.simulator : this.otherNode();
      const answer = await this.proxy.exchange(request, () => this.#exchange(request, life, simulator));
      this.observer?.answered(request, life.dead ? null : answer, answering);
      return answer;
    } catch (error) {
      if (!life.dead) this.observer?.answered(request, null, answering);
      throw error;
    } finally {
      if (!life.dead) this.#openRequests -= 1;
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
