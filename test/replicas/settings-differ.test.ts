import { expect, test } from 'vitest';
import { z } from 'zod';
import { runWith } from '../cli/run-cli.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { createDatabase, sharedPostgres } from '../postgres/shared-server.ts';

const server = await sharedPostgres();

test.skipIf(server === null)(
  'two replicas with different settings both report it: in the status, in the log and in the metric',
  async () => {
    await using database = await createDatabase(server ?? '');
    const env = { DATABASE_URL: database.url, STAMP_POOL_RESERVE: '17:1' };
    await using holder = await startTestApp({ env: { ...env, STAMP_POOL_NODE_DRAIN: 'bee' } });
    await fetch(`${holder.url}/api/v1/pool/check`, { method: 'POST' });
    await using other = await startTestApp({
      env: { ...env, STAMP_POOL_RESERVE: '17:2', SWARM_BEE_API_URL: holder.beeUrl },
    });
    await fetch(`${other.url}/api/v1/pool/check`, { method: 'POST' }); // the holder makes a run
    const messages = {
      holder: await messageAt(holder),
      other: await messageAt(other),
    };
    expect(messages).toEqual({
      holder: expect.stringContaining('this process makes its runs, and another process has other settings'),
      other: expect.stringContaining('by other settings than this process has'),
    });
    const { out } = await runWith({ STAMP_POOL_URL: other.url }, ['status']);
    expect(out).toMatch(/^Node bee +fresh, drained: it buys nothing, Bee /m);
    for (const { url, log } of [holder, other]) {
      expect(log.filter((line) => line.includes('"code":"SETTINGS_DIFFER"'))).toHaveLength(1);
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toMatch(/^stamp_pool_incidents_total\{code="SETTINGS_DIFFER"\} 1$/m);
    }
  },
);

const status = z.object({
  data: z.object({
    poolStatus: z.object({ errors: z.array(z.object({ code: z.string(), message: z.string() })) }),
  }),
});

/** Notifications have no event here: the status is read until it has the incident. The test's timeout is the bound. */
async function messageAt({ url }: TestApp): Promise<string> {
  for (;;) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ poolStatus { errors { code message } } }' }),
    });
    const { errors } = status.parse(await response.json()).data.poolStatus;
    const found = errors.find(({ code }) => code === 'SETTINGS_DIFFER');
    if (found) return found.message;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
