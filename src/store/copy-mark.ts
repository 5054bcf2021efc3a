import { StoreUnusableError } from './store.ts';

/** A finished copy of one database into another, as each of the two records it. */
export interface CopyMark {
  /** The other database, as messages name it. */
  readonly database: string;
  readonly at: Date;
  /** Of all rows that were copied: the same on both sides. */
  readonly fingerprint: string;
}

/** `to`: this database was copied to another one. `from`: it is a copy of another one. */
export type CopyDirection = 'to' | 'from';

/** A row of the table `copies`. */
export interface CopyRow {
  readonly database: string;
  readonly copiedAt: number;
  readonly fingerprint: string;
}

export const copyMarkOf = ({ database, copiedAt, fingerprint }: CopyRow): CopyMark => ({
  database,
  at: new Date(copiedAt),
  fingerprint,
});

/** @throws StoreUnusableError if the pool of this database is in another one now: a service here would give out its stamps again. */
export function assertNotCopied(name: string, to: CopyMark | null): void {
  if (to === null) return;
  throw new StoreUnusableError(
    `${name} was copied to ${to.database} at ${to.at.toISOString()}, and the pool is there now: a service here would give out the same stamps again. Set DATABASE_URL to the copy. If the copy is abandoned: stamp-pool reopen (docs/scaling.md#using-the-source-of-a-copy-again).`,
  );
}
