import { expect, test } from 'vitest';
import { INCIDENTS } from '../../src/domain/incident.ts';
import { MAX_DEPTH, MIN_DEPTH } from '../../src/domain/units.ts';
import { anOrder, aStamp, seconds, T0 } from '../builders.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { failing, full } from './failing-store.ts';

/** The samples by name and labels. */
async function scrape({ url }: RestServer): Promise<ReadonlyMap<string, number>> {
  const response = await fetch(`${url}/metrics`);
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
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

test('shows every incident code from the start, so that `increase` counts the first incident', async () => {
  await using server = await restServer();
  server.incidents.report({ code: 'BUDGET', subject: 'bee' });
  const samples = await scrape(server);
  const counts = Object.keys(INCIDENTS).map((code) =>
    samples.get(`stamp_pool_incidents_total{code="${code}"}`),
  );
  expect(counts).toEqual(Object.keys(INCIDENTS).map((code) => (code === 'BUDGET' ? 1 : 0)));
});

test('shows each outcome of an acquisition for each valid depth from the start', async () => {
  await using server = await restServer();
  const before = await scrape(server);
  const depths = Array.from({ length: MAX_DEPTH - MIN_DEPTH + 1 }, (_, n) => MIN_DEPTH + n);
  for (const outcome of ['acquired', 'exhausted', 'conflict']) {
    const name = (depth: number) => `stamp_pool_acquires_total{outcome="${outcome}",depth="${depth}"}`;
    expect(depths.filter((depth) => before.get(name(depth)) !== 0)).toEqual([]);
  }
  await server.acquire({ depth: MAX_DEPTH });
  const after = await scrape(server);
  expect(after.get(`stamp_pool_acquires_total{outcome="exhausted",depth="${MAX_DEPTH}"}`)).toBe(1);
  expect(
    after
      .keys()
      .filter((name) => name.includes('_total{'))
      .toArray(),
  ).toEqual(
    before
      .keys()
      .filter((name) => name.includes('_total{'))
      .toArray(),
  );
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
