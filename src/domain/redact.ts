import type { Caller } from './caller.ts';

/** Longer than an Ethereum address: batch ids, also without their end. */
const BATCH_ID = /(?:0x)?[0-9a-f]{41,}/gi;
const AMOUNT = /\d[\d.]*(?= (?:BZZ|xDAI|PLUR)\b)/g;

/**
 * A text for a caller: without the ids of batches, which could be available, if it may not acquire them, and without
 * amounts of money if it may not read funds and spending.
 */
export function redacted(text: string, { scopes }: Pick<Caller, 'scopes'>): string {
  const withoutIds = scopes.has('acquire') ? text : text.replace(BATCH_ID, '[batch]');
  return scopes.has('maintain') ? withoutIds : withoutIds.replace(AMOUNT, '[amount]');
}
