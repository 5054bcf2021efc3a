import type { Clock } from '../clock.ts';
import { DAY_MS } from '../domain/durations.ts';
import type { LeaseEvent } from '../domain/lease-event.ts';
import { messageOf } from '../domain/message-of.ts';
import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import { type Lease, LeaseLostError, type LeaseStore } from '../store/lease-store.ts';

/**
 * Takes the lease of a node, renews it by a timer of its own, and takes it over when another holder has lost it. A database
 * that fails does not end a tenure before the lease may have expired by the monotonic clock.
 */
export class LeaseKeeper implements AsyncDisposable {
  readonly #parts: LeaseKeeperParts;
  readonly #stopping = new AbortController();
  #keeping: Promise<void> = Promise.resolve();
  #tenure: Tenure | null = null;
  #onChange: () => void = () => {};

  constructor(parts: LeaseKeeperParts) {
    this.#parts = parts;
  }

  /** Calls `onChange` when the lease is taken or lost. */
  start(onChange: () => void): void {
    this.#onChange = onChange;
    this.#keeping = this.#keep();
  }

  /** null while another process may have the lease. Ends a tenure that was not renewed in time. */
  current(): Tenure | null {
    if (this.#tenure !== null && !this.#tenure.isHeld) this.#lose('it was not renewed in time');
    return this.#tenure;
  }

  /** The database refused a write that carried the lease. */
  refused({ lease }: LeaseLostError): void {
    if (this.#tenure?.lease.token === lease.token) this.#lose('the database refused a write');
  }

  /** Releases the lease, so that another process takes over at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
    const tenure = this.current();
    if (tenure === null) return;
    this.#tenure = null;
    tenure.end(new Error('the service is stopping'));
    await this.#parts.leases.release(tenure.lease).catch((cause: unknown) => this.#failed(cause)); // it expires by itself
    this.#parts.onEvent({ is: 'released', node: this.#parts.node, token: tenure.lease.token });
  }

  async #keep(): Promise<void> {
    const { clock, times } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      await this.#hold().catch((cause: unknown) => this.#failed(cause));
      const { signal } = this.#stopping;
      if (this.#tenure !== null && !Number.isFinite(times.renewMs)) await aborted(this.#tenure.ended, signal);
      else await clock.sleep(Math.min(times.renewMs, RETRY_MS), signal);
    }
  }

  async #hold(): Promise<void> {
    const { leases, node, holder, clock, times } = this.#parts;
    const { ttlMs } = times;
    const beganMs = clock.monotonicMs(); // before the call: it may take long
    const lease = await leases.hold({ node, holder, ttlMs, at: clock.now() });
    const heldUntilMs = beganMs + ttlMs;
    const tenure = this.current();
    if (lease !== null && lease.token === tenure?.lease.token) return tenure.renew(heldUntilMs);
    this.#lose(lease === null ? 'another process has it' : 'it had expired');
    if (lease !== null && clock.monotonicMs() < heldUntilMs) this.#take(lease, heldUntilMs);
  }

  #take(lease: Lease, heldUntilMs: number): void {
    const { node, clock, onEvent } = this.#parts;
    this.#tenure = new Tenure(lease, heldUntilMs, clock);
    onEvent({ is: 'taken', node, token: lease.token });
    this.#onChange();
  }

  #lose(reason: string): void {
    const tenure = this.#tenure;
    if (tenure === null) return;
    this.#tenure = null;
    const { node, onEvent, incidents } = this.#parts;
    const { lease } = tenure;
    tenure.end(new LeaseLostError(lease));
    onEvent({ is: 'lost', node, token: lease.token });
    incidents.report({ code: 'LEASE_LOST', subject: node, detail: `Lease ${lease.token}: ${reason}.` });
    this.#onChange();
  }

  #failed(cause: unknown): void {
    const { node, incidents } = this.#parts;
    incidents.report({
      code: 'STORE_FAILED',
      subject: node,
      detail: `The lease: ${messageOf(cause)}`,
      cause,
    });
  }
}

/** The time from taking a lease until it is lost. */
export class Tenure {
  readonly lease: Lease;
  readonly #ended = new AbortController();
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  #heldUntilMs: number;

  constructor(lease: Lease, heldUntilMs: number, clock: Pick<Clock, 'monotonicMs'>) {
    this.lease = lease;
    this.#heldUntilMs = heldUntilMs;
    this.#clock = clock;
  }

  /** Aborted when the lease is lost. A process that was paused may find out later than `isHeld`. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether no other process can have the lease, by the monotonic clock. */
  get isHeld(): boolean {
    return !this.#ended.signal.aborted && this.#clock.monotonicMs() < this.#heldUntilMs;
  }

  /** @throws LeaseLostError, or what ended the tenure */
  assertHeld(): void {
    this.#ended.signal.throwIfAborted();
    if (!this.isHeld) throw new LeaseLostError(this.lease);
  }

  renew(heldUntilMs: number): void {
    this.#heldUntilMs = heldUntilMs;
  }

  end(reason: Error): void {
    this.#ended.abort(reason);
  }
}

export interface LeaseTimes {
  /** The time from the last renewal to the expiry of the lease. */
  readonly ttlMs: number;
  readonly renewMs: number;
}

/** Another process takes over within 20 seconds after the last renewal. */
const SHARED: LeaseTimes = { ttlMs: 15_000, renewMs: 5_000 };
/** The database has one process, which keeps its leases until it ends. */
const ALONE: LeaseTimes = { ttlMs: 100 * 365 * DAY_MS, renewMs: Infinity };

export const leaseTimesOf = ({ shared }: Pick<LeaseStore, 'shared'>): LeaseTimes => (shared ? SHARED : ALONE);

/** After a database that failed. */
const RETRY_MS = 5_000;

export interface LeaseKeeperParts {
  readonly node: NodeName;
  /** Identifies this process. */
  readonly holder: string;
  readonly leases: LeaseStore;
  readonly clock: Clock;
  readonly incidents: Pick<Incidents, 'report'>;
  readonly onEvent: (event: LeaseEvent) => void;
  readonly times: LeaseTimes;
}

async function aborted(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals]);
  if (any.aborted) return;
  await new Promise((resolve) => any.addEventListener('abort', resolve, { once: true }));
}
