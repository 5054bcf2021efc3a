import { type Change, lineOfChange } from '../domain/change.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import type { Tenure } from './lease-keeper.ts';

/** Logs one line about a decision, or about what followed from it. */
export type DecisionLogger = (fields: Record<string, unknown>, message: string) => void;

/** Writes all changes in one transaction, if the lease is still held. After the commit it updates the levels, and logs the changes. */
export async function writeChanges(
  changes: readonly Change[],
  at: Date,
  { store, levels, log, tenure }: WriteParts,
): Promise<void> {
  if (changes.length === 0) return;
  await levels.include(await store.write(changes, at, { lease: tenure.lease }));
  logChanges(changes, log);
}

export function logChanges(changes: readonly Change[], log: DecisionLogger): void {
  for (const change of changes) {
    const line = lineOfChange(change);
    if (line !== null) log(line.fields, line.message);
  }
}

export interface WriteParts {
  readonly store: Store;
  readonly levels: Pick<Levels, 'include'>;
  readonly log: DecisionLogger;
  /** Its lease is checked in the transaction. */
  readonly tenure: Pick<Tenure, 'lease'>;
}
