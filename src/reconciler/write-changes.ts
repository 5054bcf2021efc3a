import { type Change, describeChange } from '../domain/change.ts';
import type { Store } from '../store/store.ts';

/** Logs one line about a decision, or about what followed from it. */
export type DecisionLogger = (fields: Record<string, unknown>, message: string) => void;

/** Writes all changes in one transaction, and logs them after the commit. */
export async function writeChanges(
  changes: readonly Change[],
  at: Date,
  { store, log }: { readonly store: Store; readonly log: DecisionLogger },
): Promise<void> {
  if (changes.length === 0) return;
  await store.write(changes, at);
  for (const change of changes) {
    const line = describeChange(change);
    if (line !== null) log({}, line);
  }
}
