import type Database from 'better-sqlite3';
import { required } from '../../domain/units.ts';

/**
 * Runs work in one transaction each. IMMEDIATE: waits for another writer at the start. In the middle of the transaction it
 * would fail instead. The transaction function of better-sqlite3 is made once, which takes longer than to begin and commit.
 */
export function inTransaction(client: Database.Database): Transact {
  const transaction = client.transaction((work: () => void) => work());
  return (work) => {
    const done: { by: { readonly result: ReturnType<typeof work> } | null } = { by: null };
    transaction.immediate(() => void (done.by = { result: work() }));
    return required(done.by, 'the result of a transaction').result;
  };
}

/** Carries out `work` in one transaction, durably, and returns its result. */
export type Transact = <Result>(work: () => Result) => Result;
