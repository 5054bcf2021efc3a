import type { Freshness } from '../domain/observation.ts';
import { MISSING_BLOCKS } from './settle-stamp.ts';

/** The blocks over which the node was observed without a longer interruption. */
export interface ObservedSpan {
  readonly sinceBlock: number;
  readonly lastBlock: number;
  /** The observation after `lastBlock` was not fresh. */
  readonly isInterrupted: boolean;
}

/** A node that was not readable for less than this has hardly missed a block. */
const MAX_INTERRUPTION_BLOCKS = 24;

/**
 * After a time without fresh observations, as before the first one, the span begins anew: Bee may have started again, and does
 * not list all at once (docs/bee.md#absence). Pure.
 */
export function trackSpan(span: ObservedSpan | null, freshness: Freshness): ObservedSpan | null {
  if (freshness.is === 'stale') return span && { ...span, isInterrupted: true };
  const { block } = freshness.seen.chain;
  const isNew =
    span === null ||
    block < span.lastBlock ||
    (span.isInterrupted && block - span.lastBlock > MAX_INTERRUPTION_BLOCKS);
  return { sinceBlock: isNew ? block : span.sinceBlock, lastBlock: block, isInterrupted: false };
}

/**
 * Whether what the node has not shown for long enough is lost, or was never done. That a stamp is missing does not depend on it:
 * a missing stamp is not given out, and counts as stock.
 */
export const absenceCounts = (span: ObservedSpan | null): boolean =>
  span !== null && span.lastBlock - span.sinceBlock >= MISSING_BLOCKS;
