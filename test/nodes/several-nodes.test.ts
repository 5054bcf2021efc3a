import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { runWith } from '../cli/run-cli.ts';
import { post } from '../graphql/served.ts';
import { startTestApp, type TestApp } from '../harness.ts';
import { samplesIn } from '../metrics/samples.ts';

let app: TestApp;
let urls: Readonly<Record<string, string>>;

const statusSchema = z.object({
  poolStatus: z.object({
    totalAvailable: z.int(),
    nodes: z.array(z.object({ name: z.string(), publicUrl: z.string() })),
    lastRuns: z.array(z.object({ node: z.object({ name: z.string() }) })),
  }),
});
const STATUS = '{ poolStatus { totalAvailable nodes { name publicUrl } lastRuns { node { name } } } }';

async function ask(query: string, variables: object = {}): Promise<unknown> {
  const { body } = await post(`${app.url}/graphql`, JSON.stringify({ query, variables }));
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data;
}

const readStatus = async () => statusSchema.parse(await ask(STATUS)).poolStatus;

beforeAll(async () => {
  const env = { STAMP_POOL_RESERVE: '17:4', STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '0' };
  app = await startTestApp({ onNode: { 17: 2 }, onSecondNode: { 17: 2 }, env, blockMs: 100 });
  await app.full();
  urls = Object.fromEntries((await readStatus()).nodes.map(({ name, publicUrl }) => [name, publicUrl]));
});
afterAll(async () => await app[Symbol.asyncDispose]());

test('the status has each node with its URL and its last run, and so have the metrics', async () => {
  const { nodes, lastRuns } = await readStatus();
  const names = ['bee', 'second'];
  expect([nodes.map(({ name }) => name), lastRuns.map(({ node }) => node.name)]).toEqual([names, names]);
  expect(urls['bee']).toBe(app.beeUrl);
  expect(urls['second']).not.toBe(app.beeUrl);
  const metrics = async (): Promise<readonly unknown[]> => {
    const samples = samplesIn(await (await fetch(`${app.url}/metrics`)).text());
    const labelled = (name: string): readonly unknown[] =>
      names.map((node) => samples.get(`stamp_pool_${name}node="${node}"}`));
    return [
      labelled('node_reachable{'),
      labelled('node_fresh{'),
      labelled('held{reason="node_unreachable",'),
      samples.get('stamp_pool_node_reachable'),
      samples.get('stamp_pool_price_plur'),
    ];
  };
  await expect.poll(metrics).toEqual([[1, 1], [1, 1], [0, 0], undefined, 24_000]); // on a busy machine a node may lag
});

test('the log names the node of each decision', () => {
  const holds = app.log.filter((line) => line.includes('"event":"held"'));
  expect(holds.length).toBeGreaterThan(0);
  for (const line of holds) expect(line).toMatch(/"node":"(bee|second)".*"msg":"(bee|second): hold /);
});

test('a run is one of each node, and REST adds their counts up', async () => {
  const run = `mutation { runMaintenance(input: { dryRun: true }) { ... on MaintenanceReport {
    run { node { name } } runs { dryRun node { name } } } } }`;
  expect(await ask(run)).toEqual({
    runMaintenance: {
      run: { node: { name: 'bee' } },
      runs: ['bee', 'second'].map((name) => ({ dryRun: true, node: { name } })),
    },
  });
  const check = await fetch(`${app.url}/api/v1/pool/check`, { method: 'POST' });
  expect([check.status, await check.json()]).toMatchObject([200, { stamps_purchased: 0, stamps_synced: 0 }]);
});

const ACQUIRE = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) { __typename
  ... on AcquireStampSuccess { replayed stamp { node publicUrl } }
  ... on Failure { code message } ... on InvalidInput { issues { path } } } }`;

async function acquireByRest(body: object, key: string): Promise<readonly [number, unknown]> {
  const response = await fetch(`${app.url}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(body),
  });
  return [response.status, await response.json()];
}

test('a client that finds nothing on the node that it asks for is shown what that node has', async () => {
  const exhausted = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) {
    ... on PoolExhausted { depth expectedAt alternatives { depth available } } } }`;
  expect(await ask(exhausted, { input: { node: 'second', depth: 20 } })).toEqual({
    acquireStamp: { depth: 20, expectedAt: null, alternatives: [{ depth: 17, available: 2 }] },
  });
});

test('a client gets a stamp of the node that it asks for, and no other', async () => {
  const second = { name: 'second', url: urls['second'] };
  const given = { __typename: 'AcquireStampSuccess', replayed: false };
  const input = { node: 'second', idempotencyKey: 'k' };
  expect(await ask(ACQUIRE, { input })).toEqual({
    acquireStamp: { ...given, stamp: { node: 'second', publicUrl: second.url } },
  });
  expect(await acquireByRest({ node: 'second' }, 'k')).toMatchObject([200, { success: true, node: second }]);
  expect(await acquireByRest({}, 'k'), 'the node is part of the request').toMatchObject([422, {}]);
  expect(await acquireByRest({ node: 'second' }, 'l')).toMatchObject([200, { success: true, node: second }]);
  expect(await ask(ACQUIRE, { input: { node: 'second' } })).toMatchObject({
    acquireStamp: { code: 'POOL_EXHAUSTED', message: expect.stringMatching(/on the node second\.$/) },
  });
  expect(await acquireByRest({ node: 'second' }, 'm')).toMatchObject([200, { success: false, node: null }]);
  const bee = { name: 'bee', url: urls['bee'] };
  expect(await acquireByRest({}, 'n')).toMatchObject([200, { success: true, node: bee }]);
  const settings = { STAMP_POOL_URL: app.url };
  expect(await runWith(settings, ['acquire', '--yes', '--node', 'bee'])).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/node +bee, uploads to/),
  });
  expect(await runWith(settings, ['acquire', '--yes', '--node', 'third'])).toMatchObject({ exit: 2 });
});

test('the command line shows each node and its run', async () => {
  const run = (...args: readonly string[]) => runWith({ STAMP_POOL_URL: app.url }, args);
  const { out } = await run('status');
  for (const node of ['bee', 'second'])
    for (const shown of [`Node ${node} `, `Last run   node ${node}, `]) expect(out).toContain(shown);
  const observed = async () =>
    (await run('plan')).out.match(/\(observed (bee|second), at block \d+; took/g)?.length;
  await expect.poll(observed).toBe(2);
  const { runs } = runsSchema.parse(JSON.parse((await run('check', '--json')).out));
  expect(runs.map(({ node }) => node.name)).toEqual(['bee', 'second']);
  expect((await run('doctor')).out).toMatch(/bee answers as 0x[^]*second answers as 0x/);
});

const runsSchema = z.object({ runs: z.array(z.object({ node: z.object({ name: z.string() }) })) });

test('a name that no node has is invalid input', async () => {
  expect(await ask(ACQUIRE, { input: { node: 'third' } })).toMatchObject({
    acquireStamp: { code: 'INVALID_INPUT', issues: [{ path: 'input.node' }] },
  });
  const issue = { loc: ['body', 'node'], input: 'third', ctx: { expected: "'bee' or 'second'" } };
  expect(await acquireByRest({ node: 'third' }, 'x')).toMatchObject([
    422,
    { detail: [{ type: 'literal_error', msg: "Input should be 'bee' or 'second'", ...issue }] },
  ]);
  expect(await acquireByRest({ node: 7 }, 'y')).toMatchObject([422, { detail: [{ type: 'string_type' }] }]);
  expect(await acquireByRest({ node: '' }, 'z')).toMatchObject([
    422,
    { detail: [{ type: 'string_too_short' }] },
  ]);
});
