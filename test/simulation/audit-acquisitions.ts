import type { AcquireResult } from '../../src/domain/acquisition.ts';
import type { AuditContext } from './audit-context.ts';
import type { Asked } from './clients.ts';
import { isReady, type Snapshot } from './disk.ts';
import { checkChoice } from './expected-choice.ts';
import { Violation } from './violation.ts';

/** The node may not show a stamp for this many blocks, for example after a restart, before it is withheld. */
const ABSENCE_ALLOWED_BLOCKS = 10;
/** The expiry in an observation is rounded to a block. */
const TTL_TOLERANCE_MS = 6_000;
/** A rise of less than two minutes is not recorded, so a refusal need not take it into account. */
const REFUSAL_TOLERANCE_MS = 130_000;

/** Rules 1, 2, 4 and 7: the answers to clients, compared with the disk and with what the service could know. */
export class AcquisitionAudit {
  readonly #context: AuditContext;
  /** batch -> its owner: the client's key, or the single request */
  readonly #owners = new Map<string, string>();
  /** caller and key -> the batch, and the request that the key stands for */
  readonly #keys = new Map<string, { readonly batchId: string; readonly request: string }>();
  readonly #acknowledged = new Map<string, string>();
  /** Requests whose key stood for a stamp when they were sent. */
  readonly #retries = new Set<number>();
  /** The disk as of each request, and the time. */
  readonly #diskBefore = new Map<number, Snapshot>();
  readonly #askedAtMs = new Map<number, number>();
  /** By depth, the number of requests, and of those answered as exhausted. */
  readonly #asked = new Map<number, number>();
  readonly #refused = new Map<number, number>();

  constructor(context: AuditContext) {
    this.#context = context;
  }

  get batches(): ReadonlyMap<string, string> {
    return this.#owners;
  }

  clientAsks(asked: Asked): void {
    const key = keyOf(asked);
    if (key !== null && this.#keys.has(key)) this.#retries.add(asked.number);
    this.#diskBefore.set(asked.number, this.#context.disk.read());
    this.#askedAtMs.set(asked.number, this.#context.world.nowMs);
    addOne(this.#asked, asked.input.depth);
  }

  answered(asked: Asked, result: AcquireResult): void {
    switch (result.is) {
      case 'acquired':
        return this.#acquired(asked, result);
      case 'conflict':
        return this.#conflict(asked);
      case 'exhausted':
        addOne(this.#refused, asked.input.depth);
        return this.#exhausted(asked);
      case 'disabled':
        throw new Violation(8, 'a client was answered that the pool is disabled, and it is not');
      case 'unknownNode':
        throw new Violation(8, 'a client that asked for no node was answered that there is none');
      case 'quotaExceeded':
        throw new Violation(8, 'a client without a daily limit was refused because of one');
    }
  }

  /** Rule 2, after every start and at the end. */
  checkDisk(): void {
    const { acquisitions, stamps } = this.#context.disk.read();
    for (const [id, batchId] of this.#acknowledged) {
      if (acquisitions.get(id)?.batchId !== batchId)
        throw new Violation(2, `acquisition ${id} of ${batchId} was acknowledged and is not on disk`);
      if (stamps.get(batchId)?.state !== 'acquired')
        throw new Violation(7, `${batchId} belongs to a client and is ${stamps.get(batchId)?.state} on disk`);
    }
  }

  /** Rule 8: demand is on disk with its outcome, refusals included, also those that no client received. */
  checkDemand(): void {
    const { disk } = this.#context;
    const acquisitions = [...disk.read().acquisitions.values()];
    const demand = disk.demand();
    for (const depth of new Set([...this.#asked.keys(), ...demand.map((one) => one.depth)])) {
      const count = (of: string): number =>
        demand.find((one) => one.depth === depth && one.outcome === of)?.count ?? 0;
      const given = acquisitions.filter(({ askedDepth }) => askedDepth === depth);
      const exact = given.filter(({ givenDepth }) => givenDepth === depth).length;
      const [asked, refused] = [this.#asked.get(depth) ?? 0, this.#refused.get(depth) ?? 0];
      if (count('met') !== exact || count('met_by_larger') !== given.length - exact)
        throw new Violation(8, `the demand for depth ${depth} is not what was given out`);
      if (count('exhausted') < refused || count('exhausted') > asked - given.length)
        throw new Violation(
          8,
          `depth ${depth}: ${count('exhausted')} refusals on disk, ${refused} answered, ${asked} requests`,
        );
    }
  }

  /** Rule 7. */
  listed(batchIds: readonly string[]): void {
    for (const batchId of batchIds)
      if (this.#owners.has(batchId)) throw new Violation(7, `${batchId} belongs to a client and is listed`);
  }

  #acquired(asked: Asked, { acquisition, stamp }: Extract<AcquireResult, { is: 'acquired' }>): void {
    const { batchId } = stamp;
    const { disk } = this.#context;
    const key = keyOf(asked);
    const owner = key ?? `request ${asked.number}`;
    const other = this.#owners.get(batchId);
    if (other !== undefined && other !== owner)
      throw new Violation(1, `${batchId} was given to ${other}, and now to ${owner}`);
    this.#owners.set(batchId, owner);
    const written = disk.read().acquisitions.get(acquisition.id);
    if (written?.batchId !== batchId)
      throw new Violation(2, `${owner} was answered with ${batchId} before it was on disk`);
    if (written.caller !== asked.caller)
      throw new Violation(1, `${owner} was answered with the acquisition of caller ${written.caller}`);
    this.#acknowledged.set(acquisition.id, batchId);
    const first = key === null ? undefined : this.#keys.get(key);
    if (first) {
      if (first.batchId !== batchId)
        throw new Violation(2, `${owner} was given ${first.batchId} before, and now ${batchId}`);
      if (first.request !== requestOf(asked))
        throw new Violation(2, `${owner} asked for something else and was given the same stamp`);
      return; // a retry need not meet today's conditions
    }
    if (key !== null) this.#keys.set(key, { batchId, request: requestOf(asked) });
    if (written.ttlSeconds !== acquisition.ttlSeconds)
      throw new Violation(
        2,
        `${owner} was answered with ${acquisition.ttlSeconds} s, and ${written.ttlSeconds} s are on disk`,
      );
    if (this.#context.knownBefore(acquisition.id)) return;
    this.#mayHaveBeenGiven(asked, batchId);
    this.#isRecordedWell(asked, { batchId, ttlSeconds: acquisition.ttlSeconds });
  }

  /** Rule 4. */
  #mayHaveBeenGiven(asked: Asked, batchId: string): void {
    const { view, world, disk, clock } = this.#context;
    const batch = world.simulator.chain.batches.get(batchId);
    const isOwn = batch !== undefined && batch.owner === world.simulator.wallet;
    if (!isOwn && !this.#context.environment.lied)
      throw new Violation(4, `${batchId} was given out and does not belong to the node`);
    if (!view.everUsable(batchId))
      throw new Violation(4, `${batchId} was given out and the node never showed it usable`);
    if (!view.mayBeUsable(batchId, ABSENCE_ALLOWED_BLOCKS))
      throw new Violation(4, `${batchId} was given out and the node showed it in use, or not for long`);
    if (view.of(batchId)?.used)
      throw new Violation(4, `${batchId} was given out and had shown use while it was the pool's`);
    const promisedMs = 1000 * Math.max(world.policy.acquireMinTtlSeconds, asked.input.minTtlSeconds);
    const expiries = view.expiries(batchId);
    const isSure = expiries.every((expiry) => clock.isSure(expiry));
    const latest = Math.max(...expiries.map(({ atMs }) => atMs)); // -Infinity: the node never stated it
    if (isSure && latest < world.nowMs + promisedMs - TTL_TOLERANCE_MS) {
      const left = Math.round((latest - world.nowMs) / 1000);
      throw new Violation(
        4,
        `${batchId} was given out with ${left} s to live, of ${promisedMs / 1000} promised`,
      );
    }
    const given = disk.read().stamps.get(batchId)?.depth ?? 0;
    const { depth, allowLarger } = asked.input;
    if (given < depth || (given > depth && !allowLarger))
      throw new Violation(4, `depth ${depth} was asked for, larger ${allowLarger}, and ${given} was given`);
  }

  /** Rule 4: the recorded time to live is right, and no better stamp was there. */
  #isRecordedWell(
    asked: Asked,
    { batchId, ttlSeconds }: { readonly batchId: string; readonly ttlSeconds: number },
  ): void {
    const { view, world, disk, clock } = this.#context;
    const expiries = view.expiries(batchId);
    const isSure = expiries.every((expiry) => clock.isSure(expiry));
    const leftMs = expiries.map(({ atMs }) => atMs - world.nowMs);
    const [least, most] = [
      Math.min(...leftMs) - REFUSAL_TOLERANCE_MS,
      Math.max(...leftMs) + TTL_TOLERANCE_MS,
    ];
    const isShown = view.of(batchId)?.shown?.usable; // if not, an earlier observation counts
    if (isShown && isSure && (ttlSeconds * 1000 < least || ttlSeconds * 1000 > most))
      throw new Violation(
        4,
        `${batchId} is recorded with ${ttlSeconds} s to live, and the node shows ${least / 1000} to ${most / 1000}`,
      );
    const before = this.#diskBefore.get(asked.number);
    if (before === undefined || clock.isPending) return;
    const { depth: askedDepth, minTtlSeconds } = asked.input;
    const promisedMs = clock.nowMs + 1000 * Math.max(world.policy.acquireMinTtlSeconds, minTtlSeconds);
    checkChoice({ batchId, askedDepth, promisedMs }, { before, now: disk.read(), view, clock });
  }

  #conflict(asked: Asked): void {
    const key = keyOf(asked);
    const first = key === null ? undefined : this.#keys.get(key);
    const onDisk = [...this.#context.disk.read().acquisitions.values()].some(
      ({ caller, idempotencyKey }) =>
        caller === asked.caller && idempotencyKey === asked.input.idempotencyKey,
    );
    if (!onDisk) throw new Violation(2, `${key} was answered as a conflict, and stands for no stamp`);
    if (first?.request === requestOf(asked))
      throw new Violation(2, `${key} was answered as a conflict, and the request is the same`);
  }

  /** Rule 5: stock is still given out while the node cannot be used. */
  #exhausted(asked: Asked): void {
    const { view, world, disk, clock } = this.#context;
    const key = keyOf(asked);
    if (this.#retries.has(asked.number))
      throw new Violation(2, `${key} was given a stamp before, and is now answered as exhausted`);
    if (this.#context.mayBeDistrusted()) return; // its stock is of no use at another node
    if (!view.settled || view.lastAtMs >= world.nowMs) return; // the refusal came before the end of that run
    const askedAtMs = this.#askedAtMs.get(asked.number) ?? world.nowMs;
    const isLate = view.lastAtMs >= askedAtMs; // it came before a run ended since, but its process was paused, or its commit slow
    const before = this.#diskBefore.get(asked.number);
    const promisedMs = 1000 * Math.max(world.policy.acquireMinTtlSeconds, asked.input.minTtlSeconds);
    const { depth, allowLarger } = asked.input;
    for (const stamp of disk.read().stamps.values()) {
      if (stamp.state === 'acquired') continue;
      const was = before?.stamps.get(stamp.batchId);
      if (isLate && !(was && isReady(was) && isReady(stamp))) continue;
      if (stamp.depth < depth || (stamp.depth > depth && !allowLarger)) continue;
      const seen = view.of(stamp.batchId);
      if (!seen?.shown?.usable || seen.used || seen.shown.utilization > 0 || seen.expiresAtMs === null)
        continue;
      if (stamp.state === 'propagating' && seen.shown.expiresAtMs === null) continue; // usable, with an unknown expiry
      if (!clock.isSure(seen)) continue;
      if (seen.expiresAtMs < world.nowMs + promisedMs + REFUSAL_TOLERANCE_MS) continue;
      throw new Violation(
        5,
        `depth ${depth} was refused while ${stamp.batchId} (${stamp.state}, ${stamp.withheld}) was there`,
      );
    }
  }
}

const keyOf = ({ caller, input }: Asked): string | null =>
  typeof input.idempotencyKey === 'string' ? `${caller}/${input.idempotencyKey}` : null;

const requestOf = ({ input }: Asked): string =>
  JSON.stringify([input.depth, input.allowLarger, input.minTtlSeconds, input.clientRef ?? null]);

const addOne = (counts: Map<number, number>, depth: number): void =>
  void counts.set(depth, (counts.get(depth) ?? 0) + 1);
