import { Draw } from '../fuzz/draw.ts';
import type { HttpRequest } from '../fuzz/fuzz-case.ts';
import { graphqlBody } from '../fuzz/graphql-body.ts';
import { graphqlDocument } from '../fuzz/graphql-document.ts';
import { textPost } from '../fuzz/graphql-post.ts';
import { graphqlVariables } from '../fuzz/graphql-variables.ts';
import { randomDocument } from '../fuzz/random-document.ts';
import { FAILING_REFS, type Twins } from './twins.ts';

/** The request of a case: seed and index determine it. */
export function requestOf(
  seed: number,
  index: number,
  { authorizations }: Pick<Twins, 'authorizations'>,
): HttpRequest {
  const purpose = index + 1;
  const key = `case-${seed}-${index}`;
  const sender = new Draw(seed, purpose, { key, authorization: null });
  // Most senders may do everything: what is refused at once says little.
  const authorization = sender.chance(60) ? (authorizations[2] ?? null) : sender.pick(authorizations);
  const draw = new Draw(seed, purpose + 1_000_000, { key, authorization });
  const request = draw.pick(GENERATORS)(draw);
  return { ...request, headers: { ...request.headers, ...acceptHeader(draw), 'x-request-id': key } };
}

type Generate = (draw: Draw) => HttpRequest;

const generated =
  ({ generate }: Pick<typeof graphqlBody, 'generate'>): Generate =>
  (draw) => {
    const { request } = generate(draw);
    return request.by === 'http' ? request : shaped(draw);
  };

const GENERATORS: readonly Generate[] = [
  generated(graphqlDocument),
  generated(graphqlVariables),
  generated(graphqlBody),
  (draw) => textPost(JSON.stringify({ query: randomDocument(draw) }), draw),
  (draw) => textPost(JSON.stringify({ query: randomDocument(draw) }), draw),
  shaped,
  shaped,
  oneField,
  oneField,
  oneField,
];

const ACCEPTS = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json',
  'application/graphql-response+json,application/json;q=0.9',
  'application/json, text/plain, */*',
  'Application/JSON',
  'text/event-stream',
  'multipart/mixed, application/json',
  'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
  'text/html',
  'application/json; charset=utf-16',
  '',
];

const acceptHeader = (draw: Draw): Record<string, string> =>
  draw.chance(50) ? { accept: draw.pick(ACCEPTS) } : {};

const ACQUIRE_FIELDS = `__typename
  ... on AcquireStampSuccess { stamp { batchId depth sizeName amount cost costBzz state withheld createdAt expiresAt ttlSeconds node publicUrl uploadHeader { name value } effectiveBytes } acquisition { id acquiredAt } fallbackUsed replayed }
  ... on Failure { code message suggestion }
  ... on PoolExhausted { depth expectedAt alternatives { depth available } }
  ... on InvalidInput { issues { path message } }
  ... on IdempotencyConflict { idempotencyKey }`;

const STATUS_FIELDS =
  'enabled at totalAvailable lowReserve lastRunAt nextRunAt depths { ...Level } errors { code message }';

/** Several operations, aliases, fragments, directives, introspection, and inputs that fail in every way. */
function shaped(draw: Draw): HttpRequest {
  const query = `
    query Status($with: Boolean! = ${draw.chance(50)}, $depth: Int) { a: poolStatus { ${STATUS_FIELDS} } b: poolStatus @include(if: $with) { money: dailyLimit } c: availableStamps(first: 2, depth: $depth) @skip(if: $with) { edges { node { batchId } } } }
    mutation Acquire($input: AcquireStampInput!, $skip: Boolean = false) { acquired: acquireStamp(input: $input) @skip(if: $skip) { ${ACQUIRE_FIELDS} } }
    mutation Two($input: AcquireStampInput!) { one: acquireStamp(input: $input) { ${ACQUIRE_FIELDS} } two: acquireStamp(input: $input) { ${ACQUIRE_FIELDS} } run: runMaintenance(input: { dryRun: true }) { __typename } }
    query Meta { __schema { queryType { name } } __type(name: "Stamp") { name fields { name } } }
    fragment Level on DepthLevel { depth available ...Target } fragment Target on DepthLevel { target low @include(if: true) }`;
  const operationName = draw.pick(['Status', 'Acquire', 'Acquire', 'Two', 'Meta', 'Nope', '', null]);
  const variables = draw.pick([
    { input: inputOf(draw), ...(draw.chance(20) && { skip: true }) },
    { input: inputOf(draw) },
    { with: draw.pick([true, false, null, 'x']), depth: draw.pick([17, 20, 16, null, 'x']) },
    {},
    null,
    { input: inputOf(draw), extra: 1 },
  ]);
  const extensions = draw.chance(10) ? { extensions: draw.pick([{}, null, { a: 1 }]) } : {};
  return textPost(JSON.stringify({ query, operationName, variables, ...extensions }), draw);
}

/** One field and no directive, with fragments, aliases and fields that are selected twice. */
function oneField(draw: Draw): HttpRequest {
  const query = draw.pick([
    `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) { ${ACQUIRE_FIELDS} } }`,
    `mutation A($input: AcquireStampInput!) { given: acquireStamp(input: $input) { kind: __typename ...Success ...Why } acquireStampOf: __typename }
     mutation Acquire($input: AcquireStampInput! = { size: SMALL }) { given: acquireStamp(input: $input) { kind: __typename ...Success ...Why } }
     fragment Success on AcquireStampSuccess { stamp { batchId } stamp { id: batchId node uploadHeader { name } ...Used } acquisition { givenDepth clientRef } }
     fragment Used on Stamp { uploadHeader { value } __typename withheld } fragment Why on Failure { code ... on RateLimited { resetsAt } ... { message } }`,
    `mutation ($key: String, $depth: Int = 17) { acquireStamp(input: { depth: $depth, idempotencyKey: $key, allowLarger: false }) { ${ACQUIRE_FIELDS} } acquireStamp(input: { depth: $depth, idempotencyKey: $key, allowLarger: false }) { __typename } }`,
    `{ poolStatus { ...All totalAvailable } } fragment All on PoolStatus { enabled depths { low ...Level } ...Again errors { code at } lastRun { startedAt } nodes { name } }
     fragment Again on PoolStatus { depths { __typename withheld { reason count } sizeName } } fragment Level on DepthLevel { depth available target }`,
    '{ status: poolStatus { at depths { expectedAt } fundsRunwayDays spentLastDay } }',
    'query Acquire { poolStatus { enabled dailyLimit fullReserveCostBzz } }',
  ]);
  const operationName = query.includes('Acquire(') ? { operationName: draw.pick(['Acquire', 'A']) } : {};
  const variables = draw.pick([
    { input: inputOf(draw), key: draw.pick([draw.key, 'shared', '']) },
    { input: inputOf(draw), depth: draw.pick([17, 20, 3, null, 'x']) },
    { input: draw.pick([null, 5, [], 'SMALL', {}, { size: null, depth: null }]), key: 5, depth: 17.5 },
    {},
  ]);
  const operationType = draw.chance(20) && { operationType: draw.pick(['mutation', 'query', null, 5]) };
  return textPost(JSON.stringify({ query, ...operationName, ...operationType, variables }), draw);
}

const inputOf = (draw: Draw): Record<string, unknown> => ({
  ...draw.pick([
    {},
    { size: 'SMALL' },
    { size: 'MEDIUM' },
    { depth: 17 },
    { depth: 21, allowLarger: false },
    { depth: 3 },
    { size: 'HUGE' },
  ]),
  ...draw.pick([
    {},
    {},
    {},
    { clientRef: draw.pick(FAILING_REFS) },
    { clientRef: 'mine' },
    { minTtlSeconds: draw.pick([-1, 3600, 2 ** 31 - 1]) },
    { allowLarger: draw.pick([null, false, 'x']), node: draw.pick([null, '', 'other']) },
    { unknown: 1, size: ['SMALL'] },
  ]),
  ...(draw.chance(30) && { idempotencyKey: draw.pick([draw.key, 'shared', '', ' ']) }),
});
