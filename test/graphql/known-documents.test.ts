import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { isInputObjectType } from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import { createSchema } from '../../src/graphql/schema.ts';
import { ALL_SHORTCUTS } from '../../src/pool/shortcuts.ts';
import type { Store } from '../../src/store/store.ts';
import { aStamp } from '../builders.ts';
import { compareTwins } from '../differential/compare.ts';
import { restServer } from '../rest/rest-server.ts';
import { post } from './served.ts';

test('documents that are known get byte by byte the response that Yoga gives', async () => {
  const { differences, planned, executed } = await compareTwins({ seed: 2, cases: 100 });
  expect(differences).toEqual([]);
  expect(planned).toBeGreaterThan(10);
  expect(executed).toBeGreaterThan(10);
});

const ACQUIRE = `mutation ($input: AcquireStampInput!) {
  acquireStamp(input: $input) { ... on AcquireStampSuccess { stamp { batchId } } ... on Failure { code } }
}`;

test('an acquisition by a known document is tried once, whether it succeeds or fails', async () => {
  const requested: (string | null)[] = [];
  const counting = (store: Store): Store =>
    Object.assign(Object.create(store), {
      acquire: async (...[requests, at]: Parameters<Store['acquire']>) => {
        requested.push(...requests.map(({ clientRef }) => clientRef));
        if (requests.some(({ clientRef }) => clientRef === 'fails')) throw new TypeError('a mistake');
        return await store.acquire(requests, at);
      },
    });
  const stamps = [1, 2, 3].map((n) => aStamp({ n, depth: 17 }));
  await using server = await restServer({ stamps, around: counting, shortcuts: ALL_SHORTCUTS });
  const acquire = async (clientRef: string) =>
    await post(
      `${server.url}/graphql`,
      JSON.stringify({ query: ACQUIRE, variables: { input: { clientRef } } }),
    );
  const refs = ['fails', 'works', 'fails', 'works'];
  const codes: unknown[] = [];
  for (const ref of refs) codes.push((await acquire(ref)).body.errors?.[0]?.extensions?.['code'] ?? null);
  expect(codes).toEqual(['INTERNAL', null, 'INTERNAL', null]);
  expect(requested).toEqual(refs);
});

test('an operation whose type is sent with it is planned too, and another unknown parameter is refused', async () => {
  await using server = await restServer({ stamps: [1, 2, 3].map((n) => aStamp({ n, depth: 17 })) });
  const ways: unknown[] = [];
  const note = (way: unknown): void => void ways.push(way);
  subscribe('stamp_pool.known_document', note);
  onTestFinished(() => void unsubscribe('stamp_pool.known_document', note));
  const acquire = async (parameters: object) =>
    await post(
      `${server.url}/graphql`,
      JSON.stringify({ query: ACQUIRE, variables: { input: {} }, ...parameters }),
    );
  for (const _ of ['first', 'second'])
    expect((await acquire({ operationType: 'mutation' })).body.errors).toBe(undefined);
  expect(ways).toEqual(['planned']);
  expect(await acquire({ operationKind: 'mutation' })).toMatchObject({
    status: 400,
    body: { errors: [{ message: 'Unexpected parameter "operationKind" in the request body.' }] },
  });
});

test('a plan executes an acquisition whichever fields its input has, and gives nothing out for an invalid one', async () => {
  await using server = await restServer({ stamps: [1, 2, 3, 4].map((n) => aStamp({ n, depth: 17 })) });
  const ways: unknown[] = [];
  const note = (way: unknown): void => void ways.push(way);
  subscribe('stamp_pool.known_document', note);
  onTestFinished(() => void unsubscribe('stamp_pool.known_document', note));
  const input = {
    size: 'SMALL',
    depth: 17,
    allowLarger: false,
    minTtlSeconds: 1,
    idempotencyKey: 'key',
    clientRef: 'ref',
    node: 'bee',
  };
  const type = createSchema().getType('AcquireStampInput');
  expect(Object.keys(input).toSorted()).toEqual(isInputObjectType(type) && Object.keys(type.getFields()));
  const acquire = async (sent: object) =>
    (await post(`${server.url}/graphql`, JSON.stringify({ query: ACQUIRE, variables: { input: sent } })))
      .body;
  for (const sent of [input, {}, input, {}]) await acquire(sent);
  expect(ways).toEqual(['planned', 'planned', 'planned']);
  const tooLong = 'x'.repeat(300);
  for (const [name, value] of Object.entries({
    depth: 3,
    minTtlSeconds: -1,
    idempotencyKey: ' ',
    clientRef: tooLong,
    node: tooLong,
  }))
    expect(await acquire({ [name]: value })).toEqual({ data: { acquireStamp: { code: 'INVALID_INPUT' } } });
  expect(ways.slice(3)).toEqual(Array.from({ length: 5 }, () => 'executed'));
});
