import type { CompleteObservation, Observation, PendingTransaction } from '../domain/observation.ts';
import type { EthereumAddress, Wei } from '../domain/units.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** From here on an operator must know. Bee itself waits without end (docs/bee.md#transactions). */
const STUCK_BLOCKS = 120;
/** From here on a transaction is not simply on its way. */
const SLOW_BLOCKS = 3;
/** Within so many blocks a node cannot restart and answer again, nor send something and forget it. */
const MAX_GAP_BLOCKS = 2;
/** A single look may be a stale answer of something in front of the node. */
const LOOKS_TO_PROVE = 2;

interface Listed extends PendingTransaction {
  /** The head of the chain when it was first seen in the list. */
  readonly sinceTip: number;
  /** The gas money in the look before that; null: not known. */
  readonly xdaiBefore: Wei | null;
}

/** It has left the list while nothing else could have struck it off. */
interface Gone extends Listed {
  readonly looks: number;
}

interface StuckLook {
  /** Without the postage transactions that are over. */
  readonly observation: Observation;
  readonly incidents: readonly IncidentReport[];
}

/**
 * Bee lists a dropped or replaced transaction as pending after another one with its nonce was mined. Such a transaction is over and
 * does not block. Proof: another listed transaction, with the same or a higher nonce, was mined. It was mined if it left the list
 * although the node neither sent anything nor restarted, and gas was paid. Never weaken this: a transaction that is passed and
 * mined later is a purchase made twice.
 */
export class StuckTransactions {
  readonly #blockTimeMs: number;
  #listed: ReadonlyMap<string, Listed> = new Map();
  #gone: readonly Gone[] = [];
  #over: ReadonlySet<string> = new Set();
  #tip = 0;
  /** Of the last complete look; null: the node does not tell. */
  #xdai: Wei | null = null;
  /** Nonces are counted by address. */
  #address: EthereumAddress | null = null;
  /** When the last look was taken; null if it was incomplete. */
  #lastAtMs: number | null = null;

  /** What is on disk; null: it has not been read. */
  #saved: ReadonlySet<string> | null = null;

  constructor(blockTimeSeconds: number) {
    this.#blockTimeMs = blockTimeSeconds * 1000;
  }

  /** Once: what an earlier run of the process has proved. A hash is of one transaction for ever. */
  async recall(read: () => Promise<readonly string[]>): Promise<void> {
    if (this.#saved !== null) return;
    this.#saved = new Set(await read());
    this.#over = new Set([...this.#over, ...this.#saved]);
  }

  /** Writes all that is over when some of it is not on disk yet: a restart must not wait for it again. */
  async save(write: (hashes: readonly string[]) => Promise<void>): Promise<void> {
    const over = this.#over;
    if ([...over].every((hash) => this.#saved?.has(hash))) return;
    await write([...over]);
    this.#saved = over;
  }

  /** A transaction has been pending for longer than usual. */
  get isWaiting(): boolean {
    return [...this.#listed.values()].some(
      ({ hash, sinceTip }) => !this.#over.has(hash) && this.#tip - sinceTip >= SLOW_BLOCKS,
    );
  }

  /** `atMs`: by the monotonic clock. */
  look(observation: Observation, atMs: number): StuckLook {
    if (observation.is === 'incomplete') {
      this.#lastAtMs = null;
      return { observation, incidents: [] };
    }
    if (this.#address !== observation.address) this.#forget(observation.address);
    const isClose = this.#lastAtMs !== null && atMs - this.#lastAtMs <= MAX_GAP_BLOCKS * this.#blockTimeMs;
    this.#gone = isClose ? this.#goneFrom(observation.pending) : [];
    this.#remember(observation);
    this.#lastAtMs = atMs;
    const pendingPostage = observation.pendingPostage.filter(({ hash }) => !this.#over.has(hash));
    return { observation: { ...observation, pendingPostage }, incidents: this.#incidentsOf(pendingPostage) };
  }

  #forget(address: EthereumAddress): void {
    this.#address = address;
    this.#listed = new Map();
    this.#xdai = null;
    this.#lastAtMs = null;
  }

  /** A send strikes off what the node's RPC does not know; it shows as something new in the list. */
  #goneFrom(pending: readonly PendingTransaction[]): readonly Gone[] {
    if (pending.some(({ hash }) => !this.#listed.has(hash))) return [];
    const now = new Set(pending.map(({ hash }) => hash));
    const before: Gone[] = [
      ...this.#gone,
      ...[...this.#listed.values()].map((one) => ({ ...one, looks: 0 })),
    ];
    return before.filter(({ hash }) => !now.has(hash)).map((one) => ({ ...one, looks: one.looks + 1 }));
  }

  #remember({ pending, chain, wallet }: CompleteObservation): void {
    const xdai = wallet?.xdai ?? null;
    const xdaiBefore = this.#xdai;
    const sinceTip = chain.tip;
    const over = pending.filter(({ hash, nonce }) => this.#over.has(hash) || this.#isUsed(nonce, xdai));
    this.#over = new Set(over.map(({ hash }) => hash));
    this.#listed = new Map(
      pending.map((one) => [one.hash, this.#listed.get(one.hash) ?? { ...one, sinceTip, xdaiBefore }]),
    );
    this.#tip = chain.tip;
    this.#xdai = xdai;
  }

  /** Nonces are used in their order. */
  #isUsed(nonce: number, xdai: Wei | null): boolean {
    return this.#gone.some(
      (gone) => gone.nonce >= nonce && gone.looks >= LOOKS_TO_PROVE && hasPaid(gone, xdai),
    );
  }

  #incidentsOf(pendingPostage: readonly PendingTransaction[]): readonly IncidentReport[] {
    return pendingPostage.flatMap(({ hash, nonce, description }) => {
      const blocks = this.#tip - (this.#listed.get(hash)?.sinceTip ?? this.#tip);
      if (blocks < STUCK_BLOCKS) return [];
      const detail = `"${description}", ${hash}, nonce ${nonce}, for ${blocks} blocks.`;
      return [{ code: 'TRANSACTION_STUCK' as const, subject: hash, detail }];
    });
  }
}

/** A node that tells no balance leaves the list as the only proof. */
const hasPaid = ({ xdaiBefore }: Gone, xdai: Wei | null): boolean =>
  xdai === null || (xdaiBefore !== null && xdai < xdaiBefore);
