import { describe, expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import {
  acquireRequest,
  clientRefSchema,
  depthSchema,
  idempotencyKeySchema,
  minTtlSecondsSchema,
  nodeSchema,
} from '../../src/pool/acquire-input.ts';
import { canonicalKey, hasKeyLength } from '../../src/pool/idempotency-key.ts';
import { aCaller, NODE } from '../builders.ts';

describe('the request of an input', () => {
  it('is for a small stamp of any node or a larger one, if nothing is said', () => {
    expect(acquireRequest({}, aCaller('web'))).toEqual({
      depth: 17,
      allowLarger: true,
      node: null,
      minTtlSeconds: 0,
      idempotencyKey: null,
      clientRef: null,
      caller: 'web',
      formerCaller: null,
      depths: null,
      quotas: [],
    });
  });

  it('has everything that was said, and who says it', () => {
    const quotas = [{ subject: 'web', stamps: 1, cost: null }];
    const depths = new Set([depth(20)]);
    const caller = aCaller('web', { formerId: '10.0.0.1', quotas, depths });
    const input = {
      size: 'large',
      depth: 20,
      allowLarger: false,
      minTtlSeconds: 60,
      idempotencyKey: ' "k" ',
      clientRef: 'upload 7',
    } as const;
    const request = acquireRequest(input, caller, NODE);
    expect(request).toEqual({
      depth: 20,
      allowLarger: false,
      node: NODE,
      minTtlSeconds: 60,
      idempotencyKey: 'k',
      clientRef: 'upload 7',
      caller: 'web',
      formerCaller: '10.0.0.1',
      depths,
      quotas,
    });
    expect(acquireRequest({ size: 'large' }, caller).depth).toBe(22);
    expect(() => acquireRequest({ depth: 16 }, caller)).toThrow('16 is not a valid depth');
  });
});

it.each([
  ['a depth', depthSchema, [17, 255], [16, 256, 17.5, '17']],
  ['a time to live', minTtlSecondsSchema, [0, 3_155_760_000], [-1, 3_155_760_001, 0.5]],
  ['a node', nodeSchema, ['b', 'b'.repeat(64)], ['', 'b'.repeat(65)]],
  ['a reference', clientRefSchema, ['', 'r'.repeat(200)], ['r'.repeat(201), '\ud800', '\0']],
  [
    'a key',
    idempotencyKeySchema,
    ['k', ` ${'k'.repeat(255)} `],
    ['', ' ', '""', 'k'.repeat(256), '\ud800', 'k\0'],
  ],
])('%s is valid within its bounds, and not beyond them', (_what, schema, valid, invalid) => {
  expect(valid.map((value) => schema.safeParse(value).success)).toEqual(valid.map(() => true));
  expect(invalid.map((value) => schema.safeParse(value).success)).toEqual(invalid.map(() => false));
});

describe('the canonical form of a key', () => {
  it.each([
    ['k', 'k'],
    ['\t k \n', 'k'],
    ['"k"', 'k'],
    [' "a b" ', 'a b'],
    ['" k "', 'k'],
    ['"a\nb"', 'a\nb'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['"\\"k\\""', 'k'],
    ['""', ''],
    ['"', '"'],
    ['a"b"', 'a"b"'],
    ['"a"b', '"a"b'],
    ['"a"b"', '"a"b"'],
    ['"a\\b"', '"a\\b"'],
    ['"a\\"', '"a\\"'],
    ['a\\"b', 'a\\"b'],
    ['u\u0308', '\u00fc'],
    ['"u\u0308"', '\u00fc'],
  ])('of %j is %j', (text, canonical) => {
    expect(canonicalKey(text)).toBe(canonical);
    expect(canonicalKey(canonical)).toBe(canonical);
  });

  it('has 1 to 255 characters', () => {
    const lengths = ['', ' ', '""', 'k', `"${'k'.repeat(255)}"`, 'k'.repeat(256)];
    expect(lengths.map(hasKeyLength)).toEqual([false, false, false, true, true, false]);
  });
});
