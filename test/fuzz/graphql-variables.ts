import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { jsonPost } from './graphql-post.ts';

/** Variables of wrong types, missing, unknown, deep, and of every JSON value. */
export const graphqlVariables: Generator = { kind: 'graphql-variables', weight: 10, generate };

function generate(draw: Draw): Generated {
  return draw.chance(50) ? ofAcquire(draw) : ofQuery(draw);
}

const ACQUIRE =
  'mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) { __typename ... on AcquireStampSuccess { stamp { batchId } replayed } ... on Failure { code message suggestion } } }';

function ofAcquire(draw: Draw): Generated {
  const input: Record<string, unknown> = { size: 'SMALL', idempotencyKey: draw.key };
  for (let changes = draw.between(1, 3); changes > 0; changes -= 1) {
    const name = draw.pick([...Object.keys(VALUES), draw.text(8)]);
    input[name] = draw.chance(50) ? draw.json() : draw.pick(VALUES[name] ?? [null]);
  }
  input['idempotencyKey'] = draw.chance(70) ? draw.key : unshared(input['idempotencyKey'], draw);
  const variables = draw.chance(85)
    ? { input }
    : draw.pick([{}, null, [], { input: [input] }, { input: null }, { INPUT: input }]);
  // The schema of the service decides whether such an input is valid; a case acquires one stamp at most.
  return { request: jsonPost({ query: ACQUIRE, variables }, draw), mayAcquire: 1 };
}

/** Two cases that send one key get one stamp, so each text that is a valid key begins with the key of its case. */
const unshared = (value: unknown, { key }: Draw): unknown =>
  typeof value === 'string' && value.trim() !== '' ? `${key}${value}` : value;

/** Values near the limits of each member. */
const VALUES: Readonly<Record<string, readonly unknown[]>> = {
  size: ['SMALL', 'small', 'huge', '', 0, null, ['small']],
  depth: [16, 17, 255, 256, -1, 17.5, '17', 2 ** 31, 2 ** 53, null, true],
  allowLarger: [true, false, null, 'true', 0],
  minTtlSeconds: [0, -1, 1, 3_155_760_000, 2 ** 31, 1e300, '5', null],
  idempotencyKey: ['', ' ', '"', 'x'.repeat(200), 'x'.repeat(256), '\ud800', '\0', 5, null, 'é'.repeat(200)],
  clientRef: ['', 'x'.repeat(200), 'x'.repeat(201), '\udfff', '\0', {}, null],
};

function ofQuery(draw: Draw): Generated {
  const [type, use] = draw.pick(USES);
  const query = `query ($x: ${type}, $y: Int) { ${use} }`;
  const variables = draw.chance(50)
    ? { x: draw.json(), y: draw.json() }
    : {
        x: draw.pick(['x', 0, -1, 1e9, 2 ** 40, [], {}, null, '', true, draw.hex(32), draw.text(40)]),
        [draw.text(6)]: 1,
      };
  return { request: jsonPost({ query, variables }, draw) };
}

const USES: readonly (readonly [type: string, use: string])[] = [
  ['BatchID!', 'stamp(batchId: $x) { batchId depth } '],
  ['Int', 'orders(first: $x) { edges { node { id } } }'],
  ['String', 'orders(after: $x) { edges { node { id } } }'],
  ['String', 'acquisitions(first: $y, after: $x) { edges { cursor } }'],
  ['String', 'availableStamps(first: $y, after: $x) { edges { node { depth } } }'],
  ['StampSize', 'availableStamps(size: $x, depth: $y) { pageInfo { hasNextPage } }'],
  ['[OrderStatus!]', 'orders(status: $x) { edges { node { id } } }'],
  ['Boolean!', 'poolStatus @include(if: $x) { enabled } __typename'],
];
