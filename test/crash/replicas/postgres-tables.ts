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
