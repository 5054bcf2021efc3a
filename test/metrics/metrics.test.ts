import { expect, test } from 'vitest';
import { HOUR_SECONDS } from '../../src/domain/durations.ts';
import { INCIDENTS } from '../../src/domain/incident.ts';
import { anOrder, aStamp, seconds, T0 } from '../builders.ts';
import { failing, full } from '../http/failing-store.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { aPolicy } from '../virtual/world.ts';
import { samplesIn } from './samples.ts';

/** The samples by name and labels. */
async function scrape({ url }: RestServer): Promise<ReadonlyMap<string, number>> {
  return samplesIn(await (await fetch(`${url}/metrics`)).text());
}

test('counts acquire requests by outcome', async () => {
  await using server = await restServer({ stamps: [aStamp()] });
  await server.acquire({}, { 'Idempotency-Key': 'a' });
  await server.acquire({ depth: 20 }, { 'Idempotency-Key': 'a' });
  await server.acquire({ depth: 20 });
  const samples = await scrape(server);
  expect([
    samples.get('stamp_pool_acquires_total{outcome="acquired",depth="17"}'),
    samples.get('stamp_pool_acquires_total{outcome="conflict",depth="20"}'),
    samples.get('stamp_pool_acquires_total{outcome="exhausted",depth="20"}'),
  ]).toEqual([1, 1, 1]);
});

test('does not count a request as exhausted that wants a longer time to live than the pool buys', async () => {
  await using server = await restServer({ stamps: [aStamp()] });
  const longest = aPolicy().defaultDurationSeconds + HOUR_SECONDS;
  for (const minTtlSeconds of [longest, longest + 1]) {
    const query = `mutation { acquireStamp(input: { depth: 20, minTtlSeconds: ${minTtlSeconds} }) { __typename } }`;
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  }
  const samples = await scrape(server);
  expect(['exhausted', 'unmeetable'].map((outcome) => samples.get(acquires(outcome, 20)))).toEqual([1, 1]);
});

test('shows every incident code from the start, so that `increase` counts the first incident', async () => {
  await using server = await restServer();
  server.incidents.report({ code: 'BUDGET', subject: 'bee' });
  const samples = await scrape(server);
  const counts = Object.keys(INCIDENTS).map((code) =>
    samples.get(`stamp_pool_incidents_total{code="${code}"}`),
  );
  expect(counts).toEqual(Object.keys(INCIDENTS).map((code) => (code === 'BUDGET' ? 1 : 0)));
});

const OUTCOMES = ['acquired', 'exhausted', 'unmeetable', 'conflict', 'quotaExceeded', 'failed'];
const acquires = (outcome: string, depth: number | 'other'): string =>
  `stamp_pool_acquires_total{outcome="${outcome}",depth="${depth}"}`;

test('shows each outcome for each depth with a target from the start, and other depths as they are asked for', async () => {
  await using server = await restServer();
  const seriesOf = async (metric: string): Promise<readonly string[]> =>
    (await scrape(server))
      .keys()
      .filter((name) => name.startsWith(`${metric}{`))
      .toArray();
  const targets = [17, 20].flatMap((depth) => OUTCOMES.map((outcome) => acquires(outcome, depth)));
  expect((await seriesOf('stamp_pool_acquires_total')).toSorted()).toEqual(targets.toSorted());
  expect(await seriesOf('gateway_pool_acquires_total')).toEqual(
    ['small', 'medium'].flatMap((size) =>
      ['success', 'error'].map((status) => `gateway_pool_acquires_total{size="${size}",status="${status}"}`),
    ),
  );
  for (let depth = 30; depth < 60; depth++) await server.acquire({ depth });
  const samples = await scrape(server);
  expect(
    [acquires('exhausted', 49), acquires('exhausted', 50), acquires('exhausted', 'other')].map((name) =>
      samples.get(name),
    ),
  ).toEqual([1, undefined, 10]);
  expect(samples.get(acquires('acquired', 30)), 'the other outcomes of a new depth start at 0').toBe(0);
  expect(samples.get('gateway_pool_acquires_total{size="depth-30",status="error"}')).toBe(1);
  expect(await seriesOf('stamp_pool_acquires_total')).toHaveLength((2 + 20 + 1) * OUTCOMES.length);
});

test('counts acquires as the gateway does: success by the size that was given, error by the size asked for', async () => {
  await using server = await restServer({ stamps: [aStamp({ depth: 20 })] });
  await server.acquire({ size: 'small' });
  await server.acquire({ size: 'large' });
  const gateway = [...(await scrape(server))].filter(([name]) =>
    name.startsWith('gateway_pool_acquires_total'),
  );
  expect(Object.fromEntries(gateway)).toEqual({
    'gateway_pool_acquires_total{size="small",status="success"}': 0,
    'gateway_pool_acquires_total{size="small",status="error"}': 0,
    'gateway_pool_acquires_total{size="medium",status="success"}': 1,
    'gateway_pool_acquires_total{size="medium",status="error"}': 0,
    'gateway_pool_acquires_total{size="large",status="success"}': 0,
    'gateway_pool_acquires_total{size="large",status="error"}': 1,
  });
});

test('measures how long each request for a stamp takes, also if it fails', async () => {
  await using server = await restServer({ around: failing });
  const beganMs = performance.now();
  await server.acquire({});
  const tookMs = performance.now() - beganMs;
  const samples = await scrape(server);
  expect(samples.get('stamp_pool_acquire_duration_seconds_count')).toBe(1);
  expect(samples.get(acquires('failed', 17))).toBe(1);
  expect(samples.get('stamp_pool_acquire_duration_seconds_sum')).toBeLessThanOrEqual(tookMs / 1000);
});

test('shows the current levels and open orders', async () => {
  await using server = await restServer({ stamps: [aStamp({ n: 1 }), aStamp({ n: 2, depth: 24 })] });
  await server.store.write(
    [{ change: 'orderPlanned', order: anOrder({ n: 1, depth: 20, plannedAt: T0 }) }],
    T0,
  );
  const before = await scrape(server);
  await server.acquire({ depth: 24 });
  await server.store.write([{ change: 'orderSent', id: anOrder({ n: 1 }).id }], seconds(1));
  const after = await scrape(server);
  const shown = [
    'stamp_pool_available_stamps{depth="17"}',
    'stamp_pool_available_stamps{depth="24"}',
    'stamp_pool_target_stamps{depth="20"}',
    'stamp_pool_on_order_stamps{depth="20"}',
    'stamp_pool_open_orders{kind="purchase",state="planned"}',
    'stamp_pool_open_orders{kind="purchase",state="sent"}',
    'stamp_pool_low_reserve',
    'stamp_pool_enabled',
    'stamp_pool_store_up',
  ];
  expect(shown.map((name) => [name, before.get(name), after.get(name)])).toEqual([
    [shown[0], 1, 1],
    [shown[1], 1, undefined],
    [shown[2], 1, 1],
    [shown[3], 1, 1],
    [shown[4], 1, undefined],
    [shown[5], undefined, 1],
    [shown[6], 1, 1],
    [shown[7], 1, 1],
    [shown[8], 1, 1],
  ]);
});

test('shows that the database fails, and keeps the counters', async () => {
  await using server = await restServer({ around: failing });
  await server.acquire({});
  const samples = await scrape(server);
  expect([
    samples.get('stamp_pool_store_up'),
    samples.get('stamp_pool_enabled'),
    (samples.get('stamp_pool_incidents_total{code="STORE_FAILED"}') ?? 0) > 0,
  ]).toEqual([0, undefined, true]);
});

test('shows that the database accepts no writes, and what can be read from it', async () => {
  await using server = await restServer({ stamps: [aStamp()], around: full });
  const samples = await scrape(server);
  expect([
    samples.get('stamp_pool_store_up'),
    samples.get('stamp_pool_enabled'),
    samples.get('stamp_pool_available_stamps{depth="17"}'),
    samples.get('stamp_pool_incidents_total{code="STORE_FAILED"}'),
  ]).toEqual([0, 1, 1, 1]);
});

test('measures requests by route and status, with one label for all unknown paths', async () => {
  await using server = await restServer();
  await server.acquire({ size: 'huge' });
  await fetch(`${server.url}/some/path`);
  await fetch(`${server.url}/some/other/path`);
  const samples = await scrape(server);
  const count = (labels: string) => samples.get(`stamp_pool_http_request_duration_seconds_count{${labels}}`);
  expect([
    count('method="POST",route="/api/v1/pool/acquire",status="422"'),
    count('method="GET",route="unmatched",status="404"'),
  ]).toEqual([1, 2]);
});

test('shows for how long the event loop was blocked since the last scrape', async () => {
  await using server = await restServer();
  const held = async (): Promise<number> =>
    (await scrape(server)).get('stamp_pool_event_loop_held_seconds') ?? Number.NaN;
  await held();
  const end = performance.now() + 300;
  while (performance.now() < end); // holds it
  expect(await held()).toBeGreaterThan(0.25);
});
