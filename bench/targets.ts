import { BATCH_ID, expectText, type Target } from './closed-loop.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

const ACQUIRE_BODY = JSON.stringify({ size: 'small' });

/** What a client that wants to upload asks for. */
const ACQUIRE_DOCUMENT = `mutation Acquire($input: AcquireStampInput!) {
  acquireStamp(input: $input) {
    __typename
    ... on AcquireStampSuccess { stamp { batchId depth sizeName amount expiresAt ttlSeconds publicUrl } fallbackUsed replayed }
    ... on Failure { code message suggestion }
  }
}`;

const STATUS_DOCUMENT = `{ poolStatus { enabled totalAvailable lowReserve lastRunAt depths { depth sizeName target available onOrder low } } }`;

const withToken = (token: string | null): Readonly<Record<string, string>> =>
  token === null ? {} : { Authorization: `Bearer ${token}` };

/** The floor: any body is answered with the same JSON. */
export const echo = (url: string): Target => ({
  url: `${url}/echo`,
  method: 'POST',
  body: ACQUIRE_BODY,
  headers: JSON_TYPE,
  expect: expectText('small'),
});

export const restAcquire = (url: string, token: string | null = null): Target => ({
  url: `${url}/api/v1/pool/acquire`,
  method: 'POST',
  body: ACQUIRE_BODY,
  headers: { ...JSON_TYPE, ...withToken(token) },
  expect: BATCH_ID,
});

export const restStatus = (url: string): Target => ({
  url: `${url}/api/v1/pool/status`,
  method: 'GET',
  expect: expectText('"total_stamps":'),
});

export const graphqlAcquire = (url: string, token: string | null = null): Target => ({
  url: `${url}/graphql`,
  method: 'POST',
  body: JSON.stringify({ query: ACQUIRE_DOCUMENT, variables: { input: { size: 'SMALL' } } }),
  headers: { ...JSON_TYPE, ...withToken(token) },
  expect: BATCH_ID,
});

export const graphqlStatus = (url: string): Target => ({
  url: `${url}/graphql`,
  method: 'POST',
  body: JSON.stringify({ query: STATUS_DOCUMENT }),
  headers: JSON_TYPE,
  expect: expectText('"totalAvailable":'),
});

/** What a dashboard watches. */
export const SUBSCRIPTION =
  'subscription { reserveLevels { totalAvailable lowReserve at depths { depth available onOrder } } }';

/** Yoga of bench/processes/yoga.ts. */
export const yogaHello = (url: string): Target => ({
  url: `${url}/graphql`,
  method: 'POST',
  body: JSON.stringify({ query: '{ hello }' }),
  headers: JSON_TYPE,
  expect: expectText('world'),
});

/** An acquisition that makes one row durable, and nothing else. */
export const yogaAcquire = (url: string): Target => ({
  url: `${url}/graphql`,
  method: 'POST',
  body: JSON.stringify({ query: 'mutation { acquireStamp { batchId depth sizeName expiresAt } }' }),
  headers: JSON_TYPE,
  expect: BATCH_ID,
});
