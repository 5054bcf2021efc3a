import type { Clock } from '../clock.ts';
import type { NodeName } from '../domain/units.ts';
import type { Bee, BuyOutcome, BuyRequest, TopUpOutcome, TopUpRequest } from './bee.ts';
import { look } from './observe.ts';
import { buyOutcome, failureOutcome, topUpOutcome } from './outcome.ts';
import { PatientReads } from './patient-reads.ts';
import { type Send, SendFailed } from './send.ts';

export interface BeeOptions {
  readonly node: NodeName;
  /** Outlives the Bee: close it after this one. */
  readonly send: Send;
  readonly clock: Clock;
  /** How long one observation may take. A healthy node takes milliseconds. */
  readonly patienceMs: number;
}

/** How long open reads are waited for at the end: closing their connection is aborting them. */
const FAREWELL_MS = 3000;

/** A Bee node over its HTTP API, 2.7 and later (docs/decisions/0002-own-transport-beside-bee-js.md). */
export function createBee({ node, send, clock, patienceMs }: BeeOptions): Bee {
  const reads = new PatientReads(send, clock);
  let lastLook: Promise<unknown> = Promise.resolve();

  async function buy({ amount, depth, immutable, orderId }: BuyRequest): Promise<BuyOutcome> {
    try {
      const path = `/stamps/${amount}/${depth}?label=${orderId}`;
      return buyOutcome(await send({ method: 'POST', path, headers: { Immutable: String(immutable) } }));
    } catch (error) {
      return outcomeOf(error);
    }
  }

  async function topUp({ batchId, amount }: TopUpRequest): Promise<TopUpOutcome> {
    try {
      const path = `/stamps/topup/${batchId}/${amount}`;
      return topUpOutcome(await send({ method: 'PATCH', path, headers: {} }), batchId);
    } catch (error) {
      return outcomeOf(error);
    }
  }

  return {
    /** One look at a time: a second one would find the first one's requests open, and call the node silent. */
    observe: (valuesOf) => {
      const mine = lastLook.then(() => look(valuesOf, { node, reads, clock, patienceMs }));
      lastLook = mine.catch(() => undefined);
      return mine;
    },
    buy,
    topUp,
    [Symbol.asyncDispose]: async () => {
      const waited = new AbortController();
      await Promise.race([reads.ended(), clock.sleep(FAREWELL_MS, waited.signal)]);
      waited.abort();
    },
  };
}

/** @throws the error itself, with its stack, when it is a bug: the caller treats the outcome as unknown, and reports it. */
function outcomeOf(error: unknown): ReturnType<typeof failureOutcome> {
  if (error instanceof SendFailed) return failureOutcome(error);
  throw error;
}
