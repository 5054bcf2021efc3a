// Acquires a stamp over GraphQL and uploads with it: node examples/acquire.mjs [http://127.0.0.1:8000]
// STAMP_POOL_URL is the service, and STAMP_POOL_TOKEN the token, if it needs one.
import { randomUUID } from 'node:crypto';

const [, , url = process.env.STAMP_POOL_URL ?? 'http://127.0.0.1:8000'] = process.argv;
const token = process.env.STAMP_POOL_TOKEN;
const query = `
  mutation ($input: AcquireStampInput!) {
    acquireStamp(input: $input) {
      outcome: __typename
      ... on AcquireStampSuccess { replayed stamp { batchId expiresAt effectiveBytes publicUrl } }
      ... on Failure { code message suggestion }
    }
  }`;

// Use one idempotency key per stamp that you need. A retry with the same key gets the same stamp.
const input = { size: 'SMALL', idempotencyKey: randomUUID(), clientRef: 'an example' };
const result = await acquire({ input }).catch(() => acquire({ input }));

if (result.outcome !== 'AcquireStampSuccess') {
  console.error(`${result.code}: ${result.message} ${result.suggestion}`);
  process.exit(1);
}
const { stamp } = result;
console.log(`stamp ${stamp.batchId}, until ${stamp.expiresAt}, for ${stamp.effectiveBytes} bytes`);

// A stamp works only on the node that owns it.
const uploaded = await fetch(`${stamp.publicUrl}/bytes`, {
  method: 'POST',
  headers: { 'Content-Type': 'application/octet-stream', 'Swarm-Postage-Batch-Id': stamp.batchId },
  body: 'hello, swarm',
});
console.log(`upload: ${uploaded.status} ${await uploaded.text()}`);

async function acquire(variables) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(errors[0].message);
  return data.acquireStamp;
}
