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
    await reported(holder, 'this process makes its runs, and another process has other settings');
    await reported(other, 'with settings that differ from those of this process');
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

/**
 * Notifications have no event here: the status is read until it has the incident with this message. After a further run
 * of the holder, the other replica shows that of the holder, too. The test's timeout is the bound.
 */
async function reported({ url }: TestApp, text: string): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: '{ poolStatus { errors { code message } } }' }),
    });
    const { errors } = status.parse(await response.json()).data.poolStatus;
    if (errors.some(({ code, message }) => code === 'SETTINGS_DIFFER' && message.includes(text))) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
