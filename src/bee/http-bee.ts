import type { Clock } from '../clock.ts';
import type { NodeName } from '../domain/units.ts';
import type { Bee, BuyOutcome, BuyRequest, TopUpOutcome, TopUpRequest } from './bee.ts';
import { FailureCounts } from './failure-counts.ts';
import { observe } from './observe.ts';
import { buyOutcome, failureOutcome, topUpOutcome } from './outcome.ts';
import type { Send } from './transport.ts';
import { TransportError } from './transport-error.ts';
import { UnabortableReads } from './unabortable-reads.ts';

export interface BeeOptions {
  readonly node: NodeName;
  /** Close its transport after this Bee. */
  readonly send: Send;
  readonly clock: Clock;
  /** For one whole observation, which takes milliseconds on a healthy node. */
  readonly observeTimeoutMs: number;
}

/** A Bee node over its HTTP API, 2.7 and later (docs/decisions/0002-own-transport-beside-bee-js.md). */
export function createBee({ node, send, clock, observeTimeoutMs }: BeeOptions): Bee {
  const reads = new UnabortableReads(send, clock);
  const failures = new FailureCounts();
  let lastObservation: Promise<unknown> = Promise.resolve();

  async function buy({ amount, depth, immutable, orderId }: BuyRequest): Promise<BuyOutcome> {
    const path = `/stamps/${amount}/${depth}?label=${orderId}`;
    const request = { method: 'POST', path, headers: { Immutable: String(immutable) } } as const;
    const outcome = await send(request).then(buyOutcome, outcomeOf);
    if (outcome.is !== 'bought') failures.add('purchase');
    return outcome;
  }

  async function topUp({ batchId, amount }: TopUpRequest): Promise<TopUpOutcome> {
    const request = { method: 'PATCH', path: `/stamps/topup/${batchId}/${amount}`, headers: {} } as const;
    const outcome = await send(request).then((answer) => topUpOutcome(answer, batchId), outcomeOf);
    if (outcome.is !== 'toppedUp') failures.add('topup');
    return outcome;
  }

  return {
    /** One at a time: a concurrent one would find open requests for its paths and report the node as silent. */
    observe: (batchIds) => {
      const observation = lastObservation.then(() =>
        observe(batchIds, {
          node,
          reads,
          clock,
          observeTimeoutMs,
          onFailure: (path) => failures.addRead(path),
        }),
      );
      const ended = (): void => {}; // keeps no observation: its list may be long
      lastObservation = observation.then(ended, ended);
      return observation;
    },
    buy,
    topUp,
    failures: failures.counts,
    [Symbol.asyncDispose]: async () => {
      const settled = new AbortController();
      await Promise.race([reads.settled(), clock.sleep(MAX_CLOSE_WAIT_MS, settled.signal)]);
      settled.abort();
    },
  };
}

/** How long disposal waits for open reads: closing the transport aborts those that are still open. */
const MAX_CLOSE_WAIT_MS = 3000;

/** @throws the error itself if it is a bug. The caller treats the outcome as unknown and reports the error. */
function outcomeOf(error: unknown): ReturnType<typeof failureOutcome> {
  if (error instanceof TransportError) return failureOutcome(error);
  throw error;
}
