import { expect, it, vi } from 'vitest';
import { startTestApp } from '../harness.ts';
import { post } from './served.ts';

const ACQUIRE = `mutation ($input: AcquireStampInput!) {
  acquireStamp(input: $input) { ... on AcquireStampSuccess { replayed stamp { batchId publicUrl effectiveBytes } } }
}`;

it('returns over GraphQL the stamp that was acquired over REST with the same idempotency key', async () => {
  await using app = await startTestApp({ onNode: { 17: 1 }, env: { STAMP_POOL_RESERVE: '17:1' } });
  const STOCK = JSON.stringify({ query: '{ poolStatus { totalAvailable } }' });
  await vi.waitFor(
    async () =>
      expect(await post(`${app.url}/graphql`, STOCK)).toMatchObject({
        body: { data: { poolStatus: { totalAvailable: 1 } } },
      }),
    { timeout: 60_000 },
  );
  const rest = await fetch(`${app.url}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': 'order 7' },
    body: '{"size":"small"}',
  });
  const given = await rest.json();
  expect(given).toMatchObject({ success: true, batch_id: expect.stringMatching(/^[0-9a-f]{64}$/) });
  const variables = { input: { size: 'SMALL', idempotencyKey: 'order 7' } };
  expect(await post(`${app.url}/graphql`, JSON.stringify({ query: ACQUIRE, variables }))).toEqual({
    status: 200,
    body: {
      data: {
        acquireStamp: {
          replayed: true,
          stamp: { batchId: given.batch_id, publicUrl: app.beeUrl, effectiveBytes: expect.any(Number) },
        },
      },
    },
  });
});
