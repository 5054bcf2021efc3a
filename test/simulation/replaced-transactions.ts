import type { Look } from './wire-tap.ts';
import { BLOCK_MS } from './world.ts';

/** Looks further apart than this may have missed a restart of the node. */
const MAX_GAP_MS = 2 * BLOCK_MS;
/** Whoever has seen a cancellation leave the list in so many looks in a row knows that it was mined. */
const SURE_AFTER_LOOKS = 4;

interface Replaced {
  /** The gas money before the cancellation was sent; null: not known. */
  readonly xdaiBefore: bigint | null;
  /** In how many looks it was listed without its cancellation. */
  looks: number;
}

/**
 * Of which listed transactions a process must know that they are over: it has seen them listed together with a cancellation,
 * and then, looking on closely and with nothing else going on, without it. The chain says which nonces are used.
 */
export class ReplacedTransactions {
  readonly #nextNonce: () => number;
  #replaced = new Map<string, Replaced>();
  #before: Look | null = null;

  constructor(nextNonce: () => number) {
    this.#nextNonce = nextNonce;
  }

  /** Also of what the process does not know to be over: the chain does. */
  isOver({ nonce }: { readonly nonce: number }): boolean {
    return nonce < this.#nextNonce();
  }

  looked(look: Look): void {
    const before = this.#before;
    this.#before = look;
    const isClose = before !== null && look.beganMs - before.beganMs <= MAX_GAP_MS;
    if (!isClose) return this.#replaced.clear();
    const isNew = (hash: string): boolean => !before.pending.some((one) => one.hash === hash);
    for (const one of look.pending) {
      const twin = look.pending.find(({ hash, nonce }) => hash !== one.hash && nonce === one.nonce);
      if (twin && isNew(twin.hash) && !isNew(one.hash))
        this.#replaced.set(one.hash, { xdaiBefore: before.wallet?.xdai ?? null, looks: 0 });
      else if (isNew(one.hash) && !twin) this.#replaced.clear(); // something else was sent
    }
    for (const [hash, replaced] of this.#replaced) {
      const one = look.pending.find((tx) => tx.hash === hash);
      const hasTwin = look.pending.some((tx) => tx.hash !== hash && tx.nonce === one?.nonce);
      if (one === undefined || !this.#hasPaid(look, replaced)) this.#replaced.delete(hash);
      else if (!hasTwin && this.isOver(one)) replaced.looks += 1;
    }
  }

  /** Gas is paid when the cancellation is mined; somebody who sends gas money at that time hides it. */
  #hasPaid({ wallet, pending }: Look, { xdaiBefore, looks }: Replaced): boolean {
    if (wallet === null || (looks === 0 && pending.length > 1)) return true;
    return xdaiBefore !== null && wallet.xdai < xdaiBefore;
  }

  /** Nothing that was seen before counts any more: the process has died, or a look has failed. */
  forget(): void {
    this.#before = null;
    this.#replaced.clear();
  }

  isKnownToBeOver(hash: string): boolean {
    return (this.#replaced.get(hash)?.looks ?? 0) >= SURE_AFTER_LOOKS;
  }
}
