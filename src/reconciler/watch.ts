import type { ChainState, PendingTransaction } from '../domain/observation.ts';
import type { IncidentReport } from '../signals/incidents.ts';

/** When a look was taken, on both scales of time. */
interface Mark {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly tip: number | null;
}

const JUMP_MS = 60_000;
/** Long enough that an estimated tip and the grid of blocks do not matter. */
const ENOUGH_SECONDS = 60;
const ENOUGH_BLOCKS = 30;
const TOLERANCE = 0.3;

/** Compares the wall clock, and the pace of blocks, with a scale of time that nobody sets. */
export class TimeWatch {
  #last: Mark | null = null;
  #firstTip: Mark | null = null;

  /** `chain` is null when the node did not tell. */
  look(
    now: Date,
    monotonicMs: number,
    chain: ChainState | null,
  ): { readonly jumpedMs: number; readonly pace: BlockPace | null } {
    const mark = { wallMs: now.getTime(), monotonicMs, tip: chain?.tip ?? null };
    const jumpedMs = this.#last
      ? mark.wallMs - this.#last.wallMs - (mark.monotonicMs - this.#last.monotonicMs)
      : 0;
    this.#last = mark;
    return { jumpedMs, pace: this.#pace(mark) };
  }

  #pace(mark: Mark): BlockPace | null {
    if (mark.tip === null) return null;
    const first = this.#firstTip;
    if (first === null || first.tip === null || mark.tip < first.tip) {
      this.#firstTip = mark;
      return null;
    }
    const seconds = (mark.monotonicMs - first.monotonicMs) / 1000;
    const blocks = mark.tip - first.tip;
    if (seconds < ENOUGH_SECONDS || blocks < ENOUGH_BLOCKS) return null;
    this.#firstTip = mark;
    return { secondsPerBlock: seconds / blocks };
  }
}

export interface BlockPace {
  readonly secondsPerBlock: number;
}

/** What of it an operator must hear. Pure. */
export function timeIncidents(
  { jumpedMs, pace }: { readonly jumpedMs: number; readonly pace: BlockPace | null },
  blockTimeSeconds: number,
): readonly IncidentReport[] {
  const incidents: IncidentReport[] = [];
  if (Math.abs(jumpedMs) >= JUMP_MS) {
    incidents.push({
      code: 'CLOCK_JUMPED',
      subject: 'clock',
      detail: `By ${Math.round(jumpedMs / 1000)} s.`,
    });
  }
  if (pace && Math.abs(pace.secondsPerBlock / blockTimeSeconds - 1) > TOLERANCE) {
    const detail = `${pace.secondsPerBlock.toFixed(1)} s per block, SWARM_BLOCK_TIME_SECONDS=${blockTimeSeconds}.`;
    incidents.push({ code: 'BLOCK_TIME_WRONG', subject: 'chain', detail });
  }
  return incidents;
}

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
