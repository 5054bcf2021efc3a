import type { PendingTransaction } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** A transaction is mined within a few blocks; Bee's own watchers give up much later (docs/bee.md#transactions). */
const STUCK_BLOCKS = 120;

/** Notices a postage transaction that is pending for too long. */
export class PendingWatch {
  /** By its hash: the head of the chain when it was first seen pending. */
  #sinceTip: ReadonlyMap<string, number> = new Map();

  /** `pending`: what is pending at that tip of the chain. */
  look(pending: readonly PendingTransaction[], tip: number): readonly IncidentReport[] {
    this.#sinceTip = new Map(pending.map(({ hash }) => [hash, this.#sinceTip.get(hash) ?? tip]));
    return pending.flatMap(({ hash, description }) => {
      const blocks = tip - (this.#sinceTip.get(hash) ?? tip);
      if (blocks < STUCK_BLOCKS) return [];
      const detail = `"${description}", ${hash}, for ${blocks} blocks.`;
      return [{ code: 'TRANSACTION_STUCK' as const, subject: hash, detail }];
    });
  }
}
