import type Database from 'better-sqlite3';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { isHoldCode, type LastKnown } from '../../domain/last-known.ts';
import {
  type NodeName,
  nodeName,
  parseEthereumAddress,
  parsePlur,
  parseWei,
  required,
} from '../../domain/units.ts';
import type { LastKnownStore } from '../last-known-store.ts';
import { lastKnown } from './last-known-schema.ts';
import { askDatabase } from './map-errors.ts';
import { parseRow } from './parse-row.ts';
import type { Transact } from './sqlite-token-store.ts';
import { compared, type Reads, type Writes, written } from './statement-types.ts';

type Row = typeof lastKnown.$inferSelect;

/** What was last known of each node, in an SQLite file whose migrations have been applied. */
export class SqliteLastKnownStore implements LastKnownStore {
  readonly #transact: Transact;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepare(client);
  }

  async read(node: NodeName): Promise<LastKnown | null> {
    const row = askDatabase(() => this.#statements.read.get({ node }));
    return row ? parseRow('last known values of a node', row, knownOf) : null;
  }

  async save(known: LastKnown): Promise<void> {
    this.#transact(() => this.#statements.save.run(rowOf(known)));
  }
}

function prepare(client: Database.Database) {
  const db = drizzle(client);
  const read: Reads<{ node: string }, Row> = db
    .select()
    .from(lastKnown)
    .where(sql`${lastKnown.node} = ${compared('node')}`)
    .prepare();
  const save: Writes<Row> = db
    .insert(lastKnown)
    .values(VALUES)
    .onConflictDoUpdate({ target: lastKnown.node, set: VALUES })
    .prepare();
  return { read, save };
}

const VALUES = {
  node: written('node'),
  runEndedAt: written('runEndedAt'),
  reachable: written('reachable'),
  fresh: written('fresh'),
  holds: written('holds'),
  observedAt: written('observedAt'),
  address: written('address'),
  lagBlocks: written('lagBlocks'),
  price: written('price'),
  walletBzz: written('walletBzz'),
  walletXdai: written('walletXdai'),
  fullReserve: written('fullReserve'),
  nextReplenishment: written('nextReplenishment'),
  lastDay: written('lastDay'),
  dailyLimit: written('dailyLimit'),
};

const knownOf = (row: Row): LastKnown => ({
  node: nodeName(row.node),
  runEndedAt: new Date(row.runEndedAt),
  reachable: row.reachable === 1,
  fresh: row.fresh === 1,
  holds: new Set(row.holds.split(' ').filter(isHoldCode)), // another version may hold for other reasons
  observed: observedOf(row),
  spending:
    row.fullReserve === null
      ? null
      : {
          fullReserve: parsePlur(row.fullReserve),
          nextReplenishment: parsePlur(required(row.nextReplenishment, 'nextReplenishment')),
          lastDay: parsePlur(required(row.lastDay, 'lastDay')),
          dailyLimit: parsePlur(required(row.dailyLimit, 'dailyLimit')),
        },
});

function observedOf(row: Row): LastKnown['observed'] {
  if (row.observedAt === null) return null;
  return {
    at: new Date(row.observedAt),
    address: parseEthereumAddress(required(row.address, 'address')),
    lagBlocks: required(row.lagBlocks, 'lagBlocks'),
    price: row.price === null ? null : parsePlur(row.price),
    wallet:
      row.walletBzz === null
        ? null
        : { bzz: parsePlur(row.walletBzz), xdai: parseWei(required(row.walletXdai, 'walletXdai')) },
  };
}

const rowOf = ({ node, runEndedAt, reachable, fresh, holds, observed, spending }: LastKnown): Row => ({
  node,
  runEndedAt: runEndedAt.getTime(),
  reachable: Number(reachable),
  fresh: Number(fresh),
  holds: [...holds].join(' '),
  observedAt: observed?.at.getTime() ?? null,
  address: observed?.address ?? null,
  lagBlocks: observed?.lagBlocks ?? null,
  price: observed?.price?.toString() ?? null,
  walletBzz: observed?.wallet?.bzz.toString() ?? null,
  walletXdai: observed?.wallet?.xdai.toString() ?? null,
  fullReserve: spending?.fullReserve.toString() ?? null,
  nextReplenishment: spending?.nextReplenishment.toString() ?? null,
  lastDay: spending?.lastDay.toString() ?? null,
  dailyLimit: spending?.dailyLimit.toString() ?? null,
});
