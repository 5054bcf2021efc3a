import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { createDatabase, onServer, sharedPostgres, templateDatabase } from './shared-server.ts';

const server = await sharedPostgres();

describe.skipIf(server === null)('the PostgreSQL server of the tests', () => {
  const url = server ?? '';

  test('makes copies of a template, which is filled once', async () => {
    let filled = 0;
    const fill = async (database: string): Promise<void> => {
      filled += 1;
      await onServer(database, 'CREATE TABLE a AS SELECT 7 AS n');
    };
    const [template] = await Promise.all(
      [0, 1, 2].map(() => templateDatabase(url, `own_${process.pid}`, fill)),
    );
    await using first = await createDatabase(url, template);
    await using second = await createDatabase(url, template);
    expect(filled).toBe(1);
    await onServer(first.url, 'UPDATE a SET n = 8');
    expect([await valueIn(first.url), await valueIn(second.url)]).toEqual([8, 7]);
    await onServer(url, `DROP DATABASE ${template}`);
  });
});

async function valueIn(url: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT n FROM a');
  await client.end();
  return rows[0].n;
}
