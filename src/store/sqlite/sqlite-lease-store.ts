import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { type NodeName, nodeName } from '../../domain/units.ts';
import {
  type HeldLease,
  type Lease,
  LeaseLostError,
  type LeaseRequest,
  type LeaseStore,
} from '../lease-store.ts';
import type { Transact } from './in-transaction.ts';
import { leases } from './lease-schema.ts';
import { askDatabase } from './map-errors.ts';
import { statementBuilder } from './statement-builder.ts';
import { compared, type Db, type NoValues, type Reads, type Writes, written } from './statement-types.ts';

/** The leases in an SQLite file whose migrations have been applied. */
export class SqliteLeaseStore implements LeaseStore {
  readonly shared = false; // one process per file
  readonly #transact: Transact;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepare(client);
  }

  async serverTime(): Promise<null> {
    return null;
  }

  async hold({ node, holder, ttlMs, at }: LeaseRequest): Promise<Lease | null> {
    return this.#transact(() => {
      const row = this.#statements.ofNode.get({ node });
      const held = row ? heldAt(row, at) : null;
      if (held !== null && held.holder !== holder) return null;
      const token = held?.token ?? (row?.token ?? 0) + 1;
      this.#statements.save.run({ node, token, holder, expiresAt: at.getTime() + ttlMs });
      return { node, holder, token };
    });
  }

  async release({ node, holder, token }: Lease): Promise<void> {
    this.#transact(() => this.#statements.free.run({ node, holder, token }));
  }

  async holders(at: Date): Promise<readonly HeldLease[]> {
    return askDatabase(() => this.#statements.all.all({})).flatMap((row) => heldAt(row, at) ?? []);
  }

  /** Call it in the transaction of the write. @throws LeaseLostError */
  assertHeld(lease: Lease, at: Date): void {
    const row = this.#statements.ofNode.get({ node: lease.node });
    const held = row ? heldAt(row, at) : null;
    if (held?.token !== lease.token || held.holder !== lease.holder) throw new LeaseLostError(lease);
  }

  /** The wall clock was set. Call it in the transaction that moves the other times. */
  moveExpiries(byMs: number): void {
    this.#statements.moveExpiries.run({ byMs });
  }
}

/** No other process has the file: a lease that is on disk when it is opened belongs to a process that has ended. */
export const releaseAll = (db: Db): void =>
  void db.update(leases).set(FREE).where(sql`${leases.holder} is not null`).run();

type Row = typeof leases.$inferSelect;

const FREE = { holder: null, expiresAt: null };

function heldAt({ node, holder, token, expiresAt }: Row, at: Date): HeldLease | null {
  if (holder === null || expiresAt === null || expiresAt <= at.getTime()) return null;
  return { node: nodeName(node), holder, token, expiresAt: new Date(expiresAt) };
}

function prepare(client: Database.Database) {
  const db = statementBuilder(client);
  const ofNode: Reads<{ node: NodeName }, Row> = db
    .select()
    .from(leases)
    .where(sql`${leases.node} = ${compared('node')}`)
    .prepare();
  const all: Reads<NoValues, Row> = db.select().from(leases).orderBy(leases.node).prepare();
  const held = { token: written('token'), holder: written('holder'), expiresAt: written('expiresAt') };
  const save: Writes<{ node: NodeName; token: number; holder: string; expiresAt: number }> = db
    .insert(leases)
    .values({ node: written('node'), ...held })
    .onConflictDoUpdate({ target: leases.node, set: held })
    .prepare();
  const free: Writes<{ node: NodeName; holder: string; token: number }> = db
    .update(leases)
    .set(FREE)
    .where(
      sql`${leases.node} = ${compared('node')} and ${leases.holder} = ${compared('holder')} and ${leases.token} = ${compared('token')}`,
    )
    .prepare();
  const moveExpiries: Writes<{ byMs: number }> = db
    .update(leases)
    .set({ expiresAt: sql`${leases.expiresAt} + ${written('byMs')}` })
    .where(sql`${leases.expiresAt} is not null`)
    .prepare();
  return { ofNode, all, save, free, moveExpiries };
}
