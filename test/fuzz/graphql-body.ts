import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { acquireDocument, textPost } from './graphql-post.ts';
import { stampsAskedBy } from './graphql-schema.ts';
import { mutateText } from './mutate-text.ts';

/** The JSON around a document: malformed JSON, members of wrong types, lists of requests, persisted queries. */
export const graphqlBody: Generator = { kind: 'graphql-json', weight: 10, generate };

function generate(draw: Draw): Generated {
  const body = draw.pick(BODIES)(draw);
  return { request: textPost(body, draw), mayAcquire: typeof body === 'string' ? stampsOf(body) : 0 };
}

type Body = (draw: Draw) => string | Uint8Array;

const valid = (draw: Draw) => ({
  query: draw.chance(30) ? acquireDocument(draw.key) : '{ poolStatus { enabled } }',
  variables: {},
});
const json = JSON.stringify;

const BODIES: readonly Body[] = [
  (draw) => mutateText(json(valid(draw)), draw),
  (draw) => json({ ...valid(draw), query: draw.json() }),
  (draw) => json({ ...valid(draw), operationName: draw.json() }),
  (draw) => json({ ...valid(draw), variables: draw.json() }),
  (draw) => json({ ...valid(draw), extensions: draw.json() }),
  (draw) => json({ ...valid(draw), [draw.text(10)]: draw.json() }),
  (draw) => json(draw.json()),
  (draw) => json(Array.from({ length: draw.below(30) }, () => valid(draw))),
  (draw) => `{"query":"{__typename}","query":${json(valid(draw).query)},"variables":null}`,
  (draw) => `{"query":"{__typename}","variables":{"a":${'['.repeat(draw.pick([10, 25, 45_000]))}`,
  (draw) => `{"query":"{__typename}","variables":{"a":[${'1,'.repeat(draw.pick([10, 2000, 40_000]))}1]}}`,
  (draw) => `{"query":${json(valid(draw).query)},"__proto__":{"variables":5},"constructor":{"prototype":1}}`,
  (draw) =>
    json({
      extensions: { persistedQuery: { version: draw.pick([1, 2, '1', null]), sha256Hash: draw.hex(32) } },
    }),
  (draw) => json({ ...valid(draw), extensions: { persistedQuery: draw.json() } }),
  (draw) => Buffer.from(`{"query":"{__typename} #${draw.bytes(60)}"}`, 'latin1'),
  (draw) => Buffer.from(json(valid(draw)), 'utf16le'),
  (draw) => `\ufeff${json(valid(draw))}`,
  (draw) => `${json(valid(draw))}${json(valid(draw))}`,
  (draw) =>
    draw.pick([
      '',
      ' ',
      'null',
      '0',
      '""',
      '"query"',
      '{}',
      '[]',
      '[[]]',
      '{"query":null}',
      '{"query":""}',
      '"'.repeat(90_000),
    ]),
  (draw) => json({ ...valid(draw), x: 'a'.repeat(draw.between(90_000, 200_000)) }),
];

function stampsOf(body: string): number {
  try {
    const value: unknown = JSON.parse(body.replace(/^\ufeff/, ''));
    if (typeof value !== 'object' || value === null || !('query' in value)) return 0;
    return stampsAskedBy(value.query);
  } catch {
    return 0; // not JSON
  }
}
