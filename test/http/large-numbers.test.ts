import { expect, test } from 'vitest';
import { startTestApp, type TestApp } from '../harness.ts';

const FUNDS =
  '{ poolStatus { nodes { staleReason wallet { plur bzz } } fundsRunwayDays dailyLimit dailyLimitBzz errors { code } } }';

async function shownBy({ url }: TestApp) {
  const [metrics, status] = await Promise.all([
    fetch(`${url}/metrics`),
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: FUNDS }),
    }),
  ]);
  return { metrics: await metrics.text(), status: await status.text() };
}

test('the largest possible wallet and a limit beyond the range of floats are exact, and no metric is infinite', async () => {
  const most = 2n ** 256n - 1n;
  await using app = await startTestApp({
    simulator: { bzzPlur: most },
    env: { STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '9'.repeat(400) },
  });
  await app.run(({ spending, node }) => spending !== null && node.wallet !== null);
  const { metrics, status } = await shownBy(app);
  expect(metrics).toMatch(/^stamp_pool_wallet_bzz 1\.15\d+e\+61$/m);
  expect(metrics).not.toMatch(/^stamp_pool_\S+ .?(Inf|NaN)|^stamp_pool_daily_limit_bzz /im);
  expect(status).toContain(`"dailyLimit":"${'9'.repeat(400)}`);
  expect(status).toMatch(/"plur":"115792\d{72}"/);
});

test('a wallet of 400 digits is an invalid response', async () => {
  await using app = await startTestApp({ simulator: { bzzPlur: 10n ** 399n } });
  await app.run(({ node }) => !node.fresh);
  const { metrics, status } = await shownBy(app);
  expect(metrics).not.toMatch(/^stamp_pool_\S+ .?(Inf|NaN)|^stamp_pool_wallet_bzz /im);
  expect(status).toContain('GET /wallet: bzzBalance: not a whole decimal number of at most 78 digits');
  expect(status).toContain('"wallet":null');
});
