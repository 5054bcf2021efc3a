import { createBee } from '../../src/bee/http-bee.ts';
import { type HttpAnswer, type HttpRequest, TransportError } from '../../src/bee/transport.ts';
import type { Clock } from '../../src/clock.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { nodeName, parseOrderId } from '../../src/domain/units.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { type Engine, startEngine } from '../../src/wiring/engine.ts';
import { ChainClock } from '../virtual/chain-clock.ts';
import { Life } from '../virtual/life.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { isLie } from './fault-kinds.ts';
import { Journal } from './journal.ts';
import { LyingProxy } from './lying-proxy.ts';
import { OtherNode } from './other-node.ts';
import { Dice } from './prng.ts';
import type { Script } from './scenario.ts';
import type { SeedFile } from './scratch-file.ts';
import type { DatabaseTrouble } from './troubled-database.ts';

export const BLOCK_MS = 5000;
const OBSERVE_TIMEOUT_MS = 20_000;

/** Which node answers a request: the one that the process was set up for, or another one. */
export type Answering = 'own' | 'other';

/** Who hears of what happens at the edges of the service; all that the checker goes by. */
export interface Audience {
  asked(request: HttpRequest, answering: Answering): void;
  /** `answer` is null when none came. */
  answered(request: HttpRequest, answer: HttpAnswer | null, answering: Answering): void;
  incident(code: string, fields: Record<string, unknown> | null, message: string): void;
  runEnded(run: Parameters<Parameters<Engine['onRun']>[0]>[0]): void;
  started(): void;
  died(): void;
  /** The wall clock was set. */
  jumped(): void;
}

/** One run of the process. */
export interface Run {
  readonly life: Life;
  readonly core: Engine;
}

/** A node, a clock, a file, and a process that can be killed and started again: everything moves only by `pass`. */
export class Stage {
  readonly simulator: Simulator;
  readonly clock = new VirtualClock();
  readonly journal: Journal;
  readonly trouble: DatabaseTrouble;
  readonly proxy: LyingProxy;
  /** Once something needs one. */
  #other: OtherNode | null = null;
  /** Blocks are counted from here. */
  startBlock: number;
  #wallOffsetMs = 0;
  policy: Policy;
  audience: Audience | null = null;
  /** Called at each request of the service to its node, before the node hears of it. */
  onAsked: (request: HttpRequest, answering: Answering) => void = () => {};
  /** Chooses what answers at the URL of the node: the nth request of all. */
  behindUrl: (n: number) => Answering = () => 'own';
  #requests = 0;
  deaths = 0;
  steps = 0;
  #openRequests = 0;
  #run: Run | null = null;
  readonly #chainClock: ChainClock;
  #ids = 0;
  readonly #file: SeedFile;
  readonly script: Script;
  readonly #luck: Dice;
  /** Half an answer arrives as if it were whole, as through a careless proxy; else the connection ends, and is known to. */
  halvesAreWhole = false;

  constructor(script: Script, file: SeedFile, policy: Policy) {
    this.script = script;
    this.#file = file;
    this.trouble = file.trouble;
    this.policy = policy;
    this.#luck = new Dice(script.seed, 104);
    this.proxy = new LyingProxy({ remembers: script.faults.some(({ kind }) => isLie(kind)) });
    const { seed, version, chequebook, approveBlocks, createBlocks, gapBlocks, bzzPlur, xdaiWei } = script;
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

  /** Blocks since the start. */
  get block(): number {
    return this.simulator.chain.tip - this.startBlock;
  }

  /** null while the process does not run. */
  get run(): Run | null {
    return this.#run;
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
      ...this.script,
      blockTimeMs: BLOCK_MS,
    });
    return this.#other.simulator;
  }

  jump(ms: number): void {
    this.#wallOffsetMs += ms;
    this.audience?.jumped();
    this.clock.jump(ms);
  }

  /** Starts the process; it dies `dieAfter` steps later, if given. */
  async start(dieAfter = Number.POSITIVE_INFINITY): Promise<void> {
    const life = new Life();
    const store = await this.#file.open(() => this.#newId());
    life.dieAt(dieAfter, () => {
      void store[Symbol.asyncDispose]();
      this.#died(life);
    });
    this.trouble.kill = () => life.die();
    this.audience?.started();
    this.journal.write('the process starts');
    const sleeper = life.mortal({
      sleep: (ms: number, signal?: AbortSignal) => this.clock.sleep(ms, signal),
    });
    const clock: Clock = {
      now: () => this.clock.now(),
      monotonicMs: () => this.clock.monotonicMs(),
      sleep: (ms, signal) => sleeper.sleep(ms, signal),
      onJump: (listener) => this.clock.onJump((byMs) => life.dead || listener(byMs)),
    };
    const wire = life.mortal({ send: (request: HttpRequest) => this.#send(request, life) });
    const node = nodeName('bee');
    const bee = createBee({
      node,
      send: (request) => wire.send(request),
      clock,
      observeTimeoutMs: OBSERVE_TIMEOUT_MS,
    });
    const starting = startEngine({
      node: { name: node, bee },
      store: life.mortal(store),
      clock,
      policy: this.policy,
      publicUrl: 'http://bee.example',
      effectiveBytes: () => 1,
      sinks: {
        log: (_severity, fields, message) => this.#heard(life, fields, message),
        count: (code) => void (life.dead || this.audience?.incident(code, null, '')),
      },
      log: (_fields, message) => void (life.dead || this.journal.write(`  ${message}`)),
      onAcquire: () => {},
      random: () => this.#luck.fraction(),
      newOrderId: () => parseOrderId(this.#newId()),
    });
    const started = await Promise.race([starting.catch((error: unknown) => ({ failed: error })), died(life)]);
    if (started === null || life.dead) return; // it died in the middle of its start
    if ('failed' in started) {
      if (!(started.failed instanceof StoreFailedError)) throw started.failed;
      this.journal.write(`the process fails to start: ${String(started.failed)}`);
      life.die();
      return;
    }
    this.#run = { life, core: started };
    started.onRun((run) => void (life.dead || this.audience?.runEnded(run)));
    await this.quiet();
  }

  /** How many blocks may pass until somebody could notice: nobody wakes before, and no request waits for one. */
  get blocksUntilNoticed(): number {
    if (this.#openRequests > 0) return 1;
    const blocks = Math.floor((this.clock.nextWakeMs - this.nowMs) / BLOCK_MS);
    return Number.isFinite(blocks) ? Math.max(1, blocks) : 1_000;
  }

  /** As by SIGTERM. */
  async stop(): Promise<void> {
    const run = this.#run;
    if (run === null) return;
    this.journal.write('the process is asked to stop');
    await Promise.race([run.core[Symbol.asyncDispose](), died(run.life)]);
    run.life.die();
  }

  kill(): void {
    this.#run?.life.die();
  }

  /** Lets so many blocks pass, and everything in them happen. */
  async pass(blocks: number): Promise<void> {
    const end = this.simulator.chain.tip + blocks;
    while (this.simulator.chain.tip < end) await this.#step(end);
  }

  /** Lets everything run that needs no more time. */
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
      // nobody is there to notice the next block before somebody wakes
    } while (this.#openRequests === 0 && this.simulator.chain.tip < end && wakesAtMs > chain.nextBlockMs);
    await this.quiet();
  }

  #activity(): number {
    return this.steps + (this.#run?.life.steps ?? 0);
  }

  #died(life: Life): void {
    this.clock.forgetSleepers();
    this.steps += life.steps;
    this.#run = null;
    this.#openRequests = 0;
    this.deaths += 1;
    this.journal.write(`the process is dead, after ${life.steps} steps`);
    this.audience?.died();
  }

  async #send(request: HttpRequest, life: Life): Promise<HttpAnswer> {
    const answering = this.behindUrl(this.#requests++);
    this.onAsked(request, answering);
    this.audience?.asked(request, answering);
    this.#openRequests += 1;
    try {
      const simulator = answering === 'own' ? this.simulator : this.otherNode();
      const answer = await this.proxy.exchange(request, () => this.#exchange(request, life, simulator));
      this.audience?.answered(request, life.dead ? null : answer, answering);
      return answer;
    } catch (error) {
      if (!life.dead) this.audience?.answered(request, null, answering);
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

  #heard(life: Life, fields: Record<string, unknown>, message: string): void {
    if (life.dead) return;
    const code = String(fields['code']);
    this.journal.write(`  ${code}: ${message}`);
    this.audience?.incident(code, fields, message);
  }

  /** A UUIDv7 of a count: ids grow, whatever the clock does. */
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
