import { reserveOf } from '../domain/reserve.ts';
import type { Turn } from '../domain/turn.ts';
import type { Levels } from '../signals/levels.ts';
import type { Turns } from '../signals/turns.ts';
import { StoreFailedError } from '../store/store.ts';
import { BackOff, backOffMs } from './back-off.ts';
import { BlockPaceMonitor, clockJumped } from './clock-monitor.ts';
import { DecisionLog } from './decision-log.ts';
import { HeadWatch } from './head-watch.ts';
import { InFlight } from './in-flight.ts';
import { isNodeChanged, nextLookMs } from './pace.ts';
import { StuckTransactions } from './stuck-transactions.ts';
import { type TakenTurn, type TurnParts, takeTurn } from './take-turn.ts';

export type ReconcilerParts = Omit<
  TurnParts,
  | 'inFlight'
  | 'headWatch'
  | 'blockPace'
  | 'stuckTransactions'
  | 'backOff'
  | 'unaccounted'
  | 'identity'
  | 'stopping'
> & {
  readonly turns: Turns;
  readonly levels: Levels;
};

/** However many ask, the node is looked at no more often than this. */
const SHORTEST_PAUSE_MS = 200;

/** The loop: takes turns when they are due or asked for, one after the other, until disposed. */
export class Reconciler implements AsyncDisposable {
  readonly #parts: ReconcilerParts;
  readonly #turnParts: TurnParts;
  readonly #stopping = new AbortController();
  #wake = new AbortController();
  #failures = 0;
  /** When the next turn is due, by the scale of time that nobody sets. */
  #nextTurnAtMs = 0;
  readonly #decisions: DecisionLog;
  #running: Promise<void> = Promise.resolve();
  #stopWatchingClock: () => void = () => {};

  constructor(parts: ReconcilerParts) {
    this.#parts = parts;
    this.#decisions = new DecisionLog(parts.log);
    const inFlight = new InFlight(
      () => parts.turns.want(),
      ({ id }, error) => {
        const detail = `Order ${id}: ${String(error)}`;
        parts.incidents.report({ code: 'ORDER_FAILED', subject: parts.node, detail, cause: error });
      },
    );
    this.#turnParts = {
      ...parts,
      inFlight,
      headWatch: new HeadWatch(),
      blockPace: new BlockPaceMonitor(parts.policy.blockTimeSeconds),
      stuckTransactions: new StuckTransactions(parts.policy.blockTimeSeconds),
      backOff: new BackOff(parts.clock, parts.random),
      unaccounted: new Set(),
      identity: { streak: null },
      stopping: this.#stopping.signal,
    };
    parts.turns.onAsked(() => this.#wake.abort());
  }

  /** Begins at once, with what an earlier run of the process left open. */
  start(): void {
    this.#stopWatchingClock = this.#parts.clock.onJump((byMs) => this.#jumped(byMs));
    this.#running = this.#run();
  }

  /** Does not wait for a request to Bee: its order is settled after the next start. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopWatchingClock();
    this.#stopping.abort();
    this.#wake.abort();
    this.#parts.turns.close(new Error('the service is stopping'));
    await this.#running;
  }

  /** The next run follows the wall clock, and reads the node: after a sleep of the machine, all that is known is old. */
  #jumped(byMs: number): void {
    const incident = clockJumped(byMs);
    if (incident) this.#parts.incidents.report(incident);
    this.#parts.turns.want();
  }

  async #run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const started = this.#parts.clock.monotonicMs();
      const waitMs = await this.#guarded(() => this.#turn());
      const { turns } = this.#parts;
      if (!turns.pending) await this.#sleep(waitMs);
      const pauseMs = SHORTEST_PAUSE_MS - (this.#parts.clock.monotonicMs() - started);
      if (pauseMs > 0) await this.#parts.clock.sleep(pauseMs, this.#stopping.signal);
    }
  }

  /** Returns how long to wait for the next look, in milliseconds. */
  async #turn(): Promise<number> {
    const { turns, clock, policy, random } = this.#parts;
    await this.#followWallClock();
    if (turns.previewWanted) {
      const preview = await takeTurn(this.#turnParts, { dryRun: true });
      if (isNodeChanged(preview.actions)) turns.want(); // a preview writes nothing, and this must be on disk
      turns.end(this.#finish(preview, 0));
      if (!turns.turnWanted && turns.last !== null)
        return Math.max(0, this.#nextTurnAtMs - clock.monotonicMs());
    }
    turns.begin();
    const taken = await takeTurn(this.#turnParts, { dryRun: false });
    if (this.#stopping.signal.aborted) return 0;
    await this.#publishLevels();
    this.#failures = taken.node.fresh ? 0 : this.#failures + 1;
    const waitMs = nextLookMs({
      stock: taken.stock,
      block: taken.node.block,
      actions: taken.actions,
      sending: this.#turnParts.inFlight.busy,
      isStuck: this.#turnParts.stuckTransactions.isWaiting,
      failures: this.#failures,
      draw: random(),
      policy,
    });
    this.#nextTurnAtMs = clock.monotonicMs() + waitMs;
    this.#decisions.write(taken, clock.monotonicMs());
    turns.end(this.#finish(taken, waitMs));
    return waitMs;
  }

  /** Expiries on disk are as of the wall clock: when that was set, they are moved along with it. */
  async #followWallClock(): Promise<void> {
    const { expiryClock, store, clock } = this.#parts;
    await expiryClock.follow((byMs) => store.write([{ change: 'clockSet', byMs }], clock.now()));
  }

  #finish({ stock: _stock, ...turn }: TakenTurn, waitMs: number): Turn {
    return { ...turn, nextAt: new Date(turn.endedAt.getTime() + waitMs) };
  }

  async #publishLevels(): Promise<void> {
    const { store, levels, policy, clock, expiryClock } = this.#parts;
    const stock = await store.stock();
    levels.publish({ ...reserveOf(stock, policy, expiryClock.now()), at: clock.now() });
  }

  /** A turn that fails is told of, and tried again later; it never ends the loop. */
  async #guarded(turn: () => Promise<number>): Promise<number> {
    try {
      return await turn();
    } catch (error) {
      if (error === this.#stopping.signal.reason) return 0; // what else fails while stopping is reported
      this.#failures += 1;
      const code = error instanceof StoreFailedError ? 'STORE_FAILED' : 'TURN_FAILED';
      this.#parts.incidents.report({ code, subject: 'turn', detail: String(error), cause: error });
      this.#parts.turns.fail(error);
      return backOffMs(this.#failures, this.#parts.random());
    }
  }

  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    if (this.#parts.turns.pending || this.#stopping.signal.aborted) return;
    await this.#parts.clock.sleep(ms, this.#wake.signal);
  }
}
