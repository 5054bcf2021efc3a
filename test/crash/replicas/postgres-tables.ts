import { Client } from 'pg';
import { type Tables, tables } from '../database.ts';

/** Reads the database with statements that are independent of the service. */
async function readPostgres<Result>(url: string, read: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await read(client);
  } finally {
    await client.end();
  }
}

export const readPostgresTables = async (url: string): Promise<Tables> =>
  await readPostgres(url, async (client) => {
    const rows = async (sql: string): Promise<unknown[]> => (await client.query(sql)).rows;
    return tables.parse({
      stamps: await rows(
        'SELECT batch_id AS "batchId", depth, state, origin, order_id AS "orderId" FROM stamps',
      ),
      acquisitions: await rows(
        'SELECT batch_id AS "batchId", idempotency_key AS key, given_depth AS "givenDepth" FROM acquisitions',
      ),
      orders: await rows('SELECT id, kind, state, depth, cost, batch_id AS "batchId" FROM orders'),
    });
  });

/** By node, the process id of the holder of its lease. */
export const readHolders = async (url: string): Promise<ReadonlyMap<string, number>> =>
  await readPostgres(url, async (client) => {
    const { rows } = await client.query<{ node: string; holder: string }>(
      'SELECT node, holder FROM leases WHERE holder IS NOT NULL',
    );
    return new Map(rows.map(({ node, holder }) => [node, Number(/-(\d+)-[0-9a-f]+$/.exec(holder)?.[1])]));
  });

/** How many stamps can be acquired, by depth. */
export const readAvailable = async (url: string): Promise<ReadonlyMap<number, number>> =>
  await readPostgres(url, async (client) => {
    const { rows } = await client.query<{ depth: number; count: string }>(
      `SELECT depth, count(*) FROM stamps WHERE state = 'available' AND withheld IS NULL GROUP BY depth`,
    );
    return new Map(rows.map(({ depth, count }) => [depth, Number(count)]));
  });

/** The ids of the purchases of the node that were planned since then. */
export const readPlanned = async (url: string, node: string, since: Date): Promise<ReadonlySet<string>> =>
  await readPostgres(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `SELECT id FROM orders WHERE kind = 'purchase' AND node = $1 AND planned_at >= $2`,
      [node, since.getTime()],
    );
    return new Set(rows.map(({ id }) => id));
  });

/** How many stamps of each depth are in stock or on order. */
export const readStock = async (url: string): Promise<ReadonlyMap<number, number>> =>
  await readPostgres(url, async (client) => {
    const { rows } = await client.query<{ depth: number; count: string }>(
      `SELECT depth, count(*) FROM (
        SELECT depth FROM stamps WHERE state IN ('propagating', 'available')
        UNION ALL SELECT depth FROM orders WHERE kind = 'purchase' AND state IN ('planned', 'sent', 'unknown')
      ) AS stock GROUP BY depth`,
    );
    return new Map(rows.map(({ depth, count }) => [depth, Number(count)]));
  });
