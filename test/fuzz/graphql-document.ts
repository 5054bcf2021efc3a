import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { jsonPost } from './graphql-post.ts';
import { stampsAskedBy } from './graphql-schema.ts';
import { mutateText } from './mutate-text.ts';
import { randomDocument } from './random-document.ts';

/** GraphQL documents: valid ones of the schema with edits, and valid ones that are too large or too deep. */
export const graphqlDocument: Generator = { kind: 'graphql-document', weight: 14, generate };

function generate(draw: Draw): Generated {
  const document = draw.chance(70) ? mutateText(randomDocument(draw), draw, PIECES) : draw.pick(SHAPES)(draw);
  return {
    request: jsonPost({ query: document, variables: draw.chance(10) ? draw.json() : {} }, draw),
    mayAcquire: stampsAskedBy(document),
  };
}

const PIECES = [
  '{',
  '}',
  '(',
  ')',
  '$',
  '!',
  '...',
  '@include(if: $x)',
  '@deprecated',
  '@nope(a: 1)',
  ' a: ',
  '"""',
  '"\\u{110000}"',
  'null',
  '__typename ',
  'fragment A on Query { ...A }',
  ' on Query',
  '#',
  '&',
  '\ufeff',
  '\0',
  '-',
  '1e999',
];

type Shape = (draw: Draw) => string;

const acquireOf = (input: string): string =>
  `acquireStamp(input: ${input}) { ... on AcquireStampSuccess { stamp { batchId } replayed } }`;

/** Of the same field many times, of deep nesting, of cycles, of wrong arguments, of introspection. */
const SHAPES: readonly Shape[] = [
  (draw) => `{ ${'poolStatus { enabled } '.repeat(draw.between(50, 400))} }`,
  (draw) => `{ ${Array.from({ length: draw.between(20, 300) }, (_, n) => `a${n}: __typename`).join(' ')} }`,
  (draw) => `{ ${'poolStatus { '.repeat(draw.between(5, 600))}`,
  (draw) => `${'{ a '.repeat(draw.between(10, 1200))}${'}'.repeat(draw.between(10, 1200))}`,
  () => 'query { ...A } fragment A on Query { ...B } fragment B on Query { ...A }',
  (draw) =>
    `{ ...F0 } ${Array.from({ length: draw.between(10, 60) }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`).join(' ')} fragment F60 on Query { __typename }`,
  (draw) =>
    `{ stamp(batchId: ${draw.pick(['"x"', '5', 'null', '""', '{}', `"${'a'.repeat(64)}"`, `"${draw.hex(32)}"`, '$x', 'X'])}) { batchId } }`,
  (draw) =>
    `{ orders(first: ${draw.pick(['-1', '0', '101', '1e9', '9999999999', '"x"', 'null', '1.5'])}) { edges { node { id } } } }`,
  (draw) => `{ acquisitions(first: 1, after: ${JSON.stringify(draw.ascii(30))}) { edges { node { id } } } }`,
  (draw) =>
    `{ availableStamps(after: ${JSON.stringify(Buffer.from(draw.bytes(30), 'latin1').toString('base64'))}) { edges { cursor } } }`,
  (draw) =>
    `{ __schema { types { ${'ofType { '.repeat(draw.between(1, 20))} name ${'} '.repeat(draw.between(1, 20))} } } }`,
  () => '{ __schema { types { name fields { name type { name ofType { name ofType { name } } } } } } }',
  (draw) =>
    `query ${draw.ascii(10).replaceAll(/\W/g, '_')}($x: ${draw.pick(['Int!', '[Int', 'Nope', 'StampSize!', '[[[[Int]]]]'])}) { __typename }`,
  (draw) =>
    `{ __typename ${`@${draw.pick(['skip(if: true)', 'include(if: 5)', 'nope', 'skip', 'defer', 'stream'])} `.repeat(draw.between(1, 200))} }`,
  (draw) =>
    `mutation { ${acquireOf(draw.pick(['{ depth: -1 }', '{ depth: 1e3 }', '{ size: HUGE }', '{ size: "small" }', 'null', '[]', '{ nope: 1 }', `{ idempotencyKey: "" }`, '{ depth: 99999999999 }', '{ minTtlSeconds: -1 }']))} }`,
  (draw) => `query { ${acquireOf(`{ idempotencyKey: "${draw.key}" }`)} }`,
  (draw) => `subscription { ${acquireOf(`{ idempotencyKey: "${draw.key}" }`)} }`,
  (draw) =>
    `mutation { ${acquireOf(`{ idempotencyKey: "${draw.key}", clientRef: "${'x'.repeat(draw.between(201, 9000))}" }`)} }`,
  (draw) => `mutation { ${acquireOf(`{ idempotencyKey: "${draw.key}" }`)} nope }`,
  (draw) => `mutation { ${acquireOf(`{ idempotencyKey: "${draw.key}" }`)} } mutation { __typename }`,
  (draw) =>
    `mutation { runMaintenance(input: { dryRun: ${draw.pick(['1', '"true"', '{}', 'maybe', '[true, false]'])} }) { __typename } }`,
  (draw) =>
    `subscription { reserveLevels(depths: [${'17,'.repeat(draw.between(51, 900))}]) { at } reserveLevels { at } }`,
  (draw) => `type Query { a: Int } extend schema @nope ${draw.ascii(20)}`,
  (draw) => `# ${draw.text(9000)}`,
  (draw) => `{ __typename } ${' '.repeat(draw.between(9000, 90_000))}`,
  (draw) => `{ __typename } # ${'é'.repeat(draw.between(4000, 30_000))}`,
  (draw) => draw.text(300),
];
