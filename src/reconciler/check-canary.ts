import type { CanaryUpload } from '../bee/canary-upload.ts';
import type { Clock } from '../clock.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { BatchId, NodeName } from '../domain/units.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { NodeRuns } from '../signals/node-runs.ts';
import type { DecisionLogger } from './write-changes.ts';

export interface CanaryParts {
  readonly node: NodeName;
  readonly upload: CanaryUpload;
  readonly intervalSeconds: number;
  readonly runs: Pick<NodeRuns, 'onRun'>;
  readonly checks: CanaryChecks;
  readonly incidents: Pick<Incidents, 'report'>;
  readonly clock: Clock;
  /** Returns a number from 0 to 1, 1 excluded. */
  readonly random: () => number;
  readonly log: DecisionLogger;
}

/**
 * Uploads a chunk with the canary of a node in every interval, until it is disposed. It begins when a run observes the canary
 * as usable. While the node is not fresh, it goes on with the canary that was last observed: stock is given out then, too.
 */
export function checkCanary(parts: CanaryParts): AsyncDisposable {
  const { node, clock, checks, runs, intervalSeconds } = parts;
  const stop = new AbortController();
  const canary = new UsableCanary(stop.signal);
  const stopWatching = runs.onRun((run) => {
    canary.observe(run);
    if (canary.batchId === null)
      checks.record(node, { ok: null, checkedAt: lastOf(parts), message: NO_CANARY });
  });
  checks.record(node, { ok: null, checkedAt: null, message: NO_CANARY });
  const check = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const batchId = await canary.usable();
      if (batchId === null) return;
      await use(batchId, parts, stop.signal);
      await clock.sleep(intervalSeconds * 1000, stop.signal);
    }
  };
  const checking = check();
  return {
    [Symbol.asyncDispose]: async () => {
      stopWatching();
      stop.abort();
      await checking;
    },
  };
}

const NO_CANARY = 'the node shows no usable canary';
/** One failure may be chance. */
const RETRY_MS = 10_000;

const lastOf = ({ node, checks }: CanaryParts): Date | null => checks.last(node)?.checkedAt ?? null;

async function use(batchId: BatchId, parts: CanaryParts, signal: AbortSignal): Promise<void> {
  const { node, clock, checks, incidents, log } = parts;
  let failure = await upload(batchId, parts, signal);
  if (failure !== null) {
    await clock.sleep(RETRY_MS, signal);
    failure = await upload(batchId, parts, signal);
  }
  if (signal.aborted) return;
  const before = checks.last(node);
  const message = failure ?? 'a chunk was uploaded and read back';
  checks.record(node, { ok: failure === null, checkedAt: clock.now(), message });
  if (failure !== null) {
    incidents.report({ code: 'CANARY_FAILED', subject: node, detail: `Batch ${batchId}: ${failure}.` });
  } else if (before?.ok !== true) {
    log({ event: 'canaryWorks', node, batchId }, `node ${node}: ${message} with the canary ${batchId}`);
  }
}

/** The content is another one each time, so that a node cannot answer with what it has kept. */
async function upload(
  batchId: BatchId,
  { upload: send, clock, random }: CanaryParts,
  signal: AbortSignal,
): Promise<string | null> {
  const payload = `stamp pool canary ${clock.now().toISOString()} ${random()}`;
  return signal.aborted ? null : await send(batchId, payload, signal).catch(String);
}

/** The canary that the last fresh observation showed as usable. */
class UsableCanary {
  #batchId: BatchId | null = null;
  #changed: () => void = () => {};
  readonly #stop: AbortSignal;

  /** A listener for each wait would stay until `stop` is aborted. */
  constructor(stop: AbortSignal) {
    this.#stop = stop;
    stop.addEventListener('abort', () => this.#changed(), { once: true });
  }

  get batchId(): BatchId | null {
    return this.#batchId;
  }

  observe({ node }: MaintenanceRun): void {
    if (!node.fresh) return;
    this.#batchId = node.canary?.usable ? node.canary.batchId : null;
    this.#changed();
  }

  /** Waits until there is one. Resolves to null if it is stopped. */
  async usable(): Promise<BatchId | null> {
    while (this.#batchId === null && !this.#stop.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed = resolve;
      await promise;
    }
    return this.#stop.aborted ? null : this.#batchId;
  }
}
