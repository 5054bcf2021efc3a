import type { Observation } from './wire-tap.ts';
import { BLOCK_MS } from './world.ts';

/** Observations further apart than this may have missed a restart of the node. */
const MAX_GAP_MS = 2 * BLOCK_MS;
/** A cancellation that has left the list in this many observations in a row is known to be mined. */
const SURE_AFTER_OBSERVATIONS = 4;

interface Replaced {
  /** The balance for gas before the cancellation was sent; null: not known. */
  readonly xdaiBefore: bigint | null;
  /** In how many observations it was listed without its cancellation. */
  observations: number;
}

/**
 * The listed transactions that a process must know to be over: it observed them together with a cancellation, and then, in close
 * observations and with nothing else sent, without it. The chain shows which nonces are used.
 */
export class ReplacedTransactions {
  readonly #nextNonce: () => number;
  #replaced = new Map<string, Replaced>();
  #before: Observation | null = null;

  constructor(nextNonce: () => number) {
    this.#nextNonce = nextNonce;
  }

  /** Over according to the chain, whether the process can know it or not. */
  isOver({ nonce }: { readonly nonce: number }): boolean {
    return nonce < this.#nextNonce();
  }

  observed(observation: Observation): void {
    const before = this.#before;
    this.#before = observation;
    const isClose = before !== null && observation.beganMs - before.beganMs <= MAX_GAP_MS;
    if (!isClose) return this.#replaced.clear();
    const isNew = (hash: string): boolean => !before.pending.some((one) => one.hash === hash);
    for (const one of observation.pending) {
      const twin = observation.pending.find(({ hash, nonce }) => hash !== one.hash && nonce === one.nonce);
      if (twin && isNew(twin.hash) && !isNew(one.hash))
        this.#replaced.set(one.hash, { xdaiBefore: before.wallet?.xdai ?? null, observations: 0 });
      else if (isNew(one.hash) && !twin) this.#replaced.clear(); // something else was sent
    }
    for (const [hash, replaced] of this.#replaced) {
      const one = observation.pending.find((tx) => tx.hash === hash);
      const hasTwin = observation.pending.some((tx) => tx.hash !== hash && tx.nonce === one?.nonce);
      if (one === undefined || !this.#hasPaid(observation, replaced)) this.#replaced.delete(hash);
      else if (!hasTwin && this.isOver(one)) replaced.observations += 1;
    }
  }

  /** Gas is paid when the cancellation is mined. A deposit of gas at that time hides this. */
  #hasPaid({ wallet, pending }: Observation, { xdaiBefore, observations }: Replaced): boolean {
    if (wallet === null || (observations === 0 && pending.length > 1)) return true;
    return xdaiBefore !== null && wallet.xdai < xdaiBefore;
  }

  /** Discards all observations: the process has died, or an observation has failed. */
  forget(): void {
    this.#before = null;
    this.#replaced.clear();
  }

  isKnownToBeOver(hash: string): boolean {
    return (this.#replaced.get(hash)?.observations ?? 0) >= SURE_AFTER_OBSERVATIONS;
  }
}
