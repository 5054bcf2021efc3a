import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidJsonError, ListEntries, TooLongError } from '../../src/bee/list-entries.ts';
import { MAX_ANSWER_BYTES } from '../../src/bee/read-body.ts';
import { StampList } from '../../src/bee/stamp-list.ts';
import { StampListReader } from '../../src/bee/stamp-list-reader.ts';
import { aStamp, batchId } from '../builders.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import { readInPieces } from './stamps-schema.ts';

const AWKWARD = '[]{}"\\,:1 n'.split('');
const entries = fc.array(
  fc.dictionary(
    fc.string({ unit: fc.constantFrom(...AWKWARD) }),
    fc.jsonValue({ maxDepth: 3, stringUnit: fc.constantFrom(...AWKWARD) }),
    { maxKeys: 4 },
  ),
  { maxLength: 12 },
);

/** Cuts a text into pieces of these lengths, again and again. They may be empty, as those of a decoder that waits for the rest of a character. */
function* pieces(text: string, lengths: readonly number[]): Generator<string> {
  let at = 0;
  for (let n = 0; at < text.length; n += 1) {
    const length = lengths[n % lengths.length] ?? 1;
    yield text.slice(at, at + length);
    at += length;
  }
}

describe('the entries of a list that arrives in pieces', () => {
  test('are those of the whole text, wherever it is cut', () => {
    const lengths = fc
      .array(fc.integer({ min: 0, max: 40 }), { maxLength: 5 })
      .map((some) => [...some, 1 + some.length]);
    const space = fc.constantFrom(undefined, 1);
    fc.assert(
      fc.property(entries, lengths, space, fc.jsonValue({ maxDepth: 2 }), (list, cut, indent, more) => {
        const text = JSON.stringify({ before: more, stamps: list, after: more }, null, indent);
        const reader = new ListEntries('stamps');
        const found = [...pieces(text, cut)].flatMap((piece) => reader.push(piece));
        expect(found).toEqual(JSON.parse(JSON.stringify(list)));
        expect(reader.end()).toEqual(
          JSON.parse(JSON.stringify({ before: more, stamps: list.map(() => 0), after: more })),
        );
      }),
    );
  });

  test('are none of an object that has the name of the list', () => {
    const text = '{"stamps":{"a":{"b":1}}}';
    const reader = new ListEntries('stamps');
    expect([reader.push(text), reader.end()]).toEqual([[], JSON.parse(text)]);
  });

  test('are found behind a name and a string that are empty, and behind one that ends with a quote', () => {
    for (const before of ['{"":1,', '{"x":"",', '{"x\\"":"\\\\",', '{'])
      for (const cut of [1, 2, 3, 60]) {
        const reader = new ListEntries('stamps');
        const found = [...pieces(`${before}"stamps":[{"a":""}]}`, [cut])].flatMap((piece) =>
          reader.push(piece),
        );
        expect(found, `${before} in pieces of ${cut}`).toEqual([{ a: '' }]);
      }
  });

  test('are none of the lists in the list', () => {
    const reader = new ListEntries('stamps');
    const found = [...pieces('{"stamps":[[{"a":1}],{"b":[]},[]]}', [1])].flatMap((piece) =>
      reader.push(piece),
    );
    expect([found, reader.end()]).toEqual([[{ b: [] }], { stamps: [[{ a: 1 }], 0, []] }]);
  });

  test('are those of a list whose name, with the space around it, has at most 64 characters, wherever it is cut', () => {
    const found = (space: number, cut: number): number => {
      const text = `{"stamps":${' '.repeat(space)}[{}]}`;
      const reader = new ListEntries('stamps');
      return [text.slice(0, cut), text.slice(cut)].flatMap((piece) => reader.push(piece)).length;
    };
    for (const [space, count] of [
      [55, 1],
      [56, 0],
    ] as const)
      for (let cut = 0; cut < 70; cut += 1) expect(found(space, cut), `cut at ${cut}`).toBe(count);
  });

  test.each([
    ['an unfinished text', '{"stamps":[{"a":1}'],
    ['an unfinished entry', '{"stamps":[{"a":1'],
    ['a missing comma', '{"stamps":[{}{}]}'],
    ['a bracket too many', '{"stamps":[{}]]}'],
    ['text behind it', '{"stamps":[]} x'],
    ['nothing', ''],
  ])('are not accepted with %s', (_what, text) => {
    const reader = new ListEntries('stamps');
    expect(() => {
      for (const piece of pieces(text, [3])) reader.push(piece);
      reader.end();
    }).toThrow('JSON');
  });
});

test('many short lists take no longer than one', () => {
  const text = `{${'"stamps":[{}],'.repeat(100_000)}"x":0}`;
  const reader = new ListEntries('stamps');
  const began = cpuTimeMs();
  let found = 0;
  for (const piece of pieces(text, [65_536])) found += reader.push(piece).length;
  expect([found, reader.end()]).toEqual([100_000, { stamps: [0], x: 0 }]);
  expect(cpuTimeMs() - began).toBeLessThan(1000);
});

describe('the bounds of an entry', () => {
  const pushed = (entry: string) => new ListEntries('stamps').push(`{"stamps":[${entry}]}`);
  /** In the object and the list. */
  const nested = (levels: number) => `{"a":${'['.repeat(levels - 3)}${']'.repeat(levels - 3)}}`;
  const wide = (parts: number) => `{"a":[${Array.from({ length: parts - 2 }, () => '[]').join(',')}]}`;
  const long = (length: number) => `{"a":"${'x'.repeat(length - 8)}"}`;
  const MAX_LENGTH = 4 * 1024 * 1024;

  test('are 32 levels, 1,000 objects and arrays, and 4 MiB', () => {
    for (const entry of [nested(32), wide(1_000), `${wide(1_000)},${wide(1_000)}`, long(MAX_LENGTH + 1)])
      expect(pushed(entry).length).toBeGreaterThan(0);
    for (const entry of [nested(33), wide(1_001)]) expect(() => pushed(entry)).toThrow(InvalidJsonError);
    expect(() => pushed(long(MAX_LENGTH + 2))).toThrow(TooLongError);
  });

  test('are 8 MiB for what is around the entries', () => {
    const around = (length: number): ListEntries => {
      const reader = new ListEntries('stamps');
      reader.push('{"x":"');
      reader.push('x'.repeat(length - 8));
      reader.push('"}');
      return reader;
    };
    expect(around(MAX_ANSWER_BYTES).end()).toEqual({ x: expect.stringMatching(/^x/) });
    expect(() => around(MAX_ANSWER_BYTES + 1)).toThrow(TooLongError);
  });

  test('hold while the entry arrives, and between entries', () => {
    const reader = new ListEntries('stamps');
    reader.push('{"stamps":[');
    reader.push(`{"a":"${'x'.repeat(MAX_LENGTH - 6)}`);
    expect(() => reader.push('x')).toThrow(TooLongError);
    expect(() => new ListEntries('stamps').push(`{"a":${'['.repeat(32)}`)).toThrow(InvalidJsonError);
    const others = (parts: number) => new ListEntries('stamps').push(wide(parts));
    expect(others(1_000)).toEqual([]);
    expect(() => others(1_001)).toThrow(InvalidJsonError);
    const behindEntry = (parts: number) =>
      new ListEntries('stamps').push(`{"stamps":[{}],"a":${wide(parts)}}`);
    expect(behindEntry(999)).toEqual([{}]);
    expect(() => behindEntry(1_000)).toThrow(InvalidJsonError);
  });
});

describe('a list of stamps that arrives in pieces', () => {
  const { amount } = aStamp();
  const entry = (n: number) => ({
    batchID: batchId(n),
    depth: 17,
    amount: amount.toString(),
    immutableFlag: true,
    usable: true,
    utilization: 0,
    label: '',
    blockNumber: 1,
    batchTTL: 1,
  });

  test('is complete only with its last entry', () => {
    const text = JSON.stringify({ stamps: Array.from({ length: 300 }, (_, n) => entry(n)) });
    const list = readInPieces(text, 997);
    expect(list instanceof StampList && list.size).toBe(300);
    for (const length of [text.length - 1, text.length - 2, text.length - 3, 1_000])
      expect(readInPieces(text.slice(0, length), 997)).toMatchObject({ is: 'noList' });
  });

  test('is shown by its first 1,000 characters if it is no list', () => {
    const text = `x${'y'.repeat(5_000)}`;
    for (const length of [1, 900, 5_001])
      expect(readInPieces(text, length)).toEqual({ is: 'noList', start: text.slice(0, 1_000) });
  });

  test('is read on until nothing can make it valid any more because it is too long', () => {
    const reader = new StampListReader();
    expect(reader.write('{"stamps":[{}')).toBe(true);
    expect(reader.end()).toMatchObject({ is: 'invalid' });
    const long = new StampListReader();
    expect(long.write(`{"stamps":[{"label":"`)).toBe(true);
    expect(long.write('x'.repeat(5 * 1024 * 1024))).toBe(false);
    expect(long.write('"}]}')).toBe(false);
    expect(long.end()).toEqual({
      is: 'tooLong',
      start: expect.stringMatching(/^\{"stamps":\[\{"label":"x{979}$/),
    });
  });

  test('is refused with what is wrong with it', () => {
    const issueOf = (body: unknown): unknown => readInPieces(JSON.stringify(body), 20);
    const invalid = (issue: unknown) => ({ is: 'invalid', issue });
    expect(issueOf({ stamps: [entry(1), 'x', [entry(2)]] })).toEqual(invalid('stamps.1: expected an object'));
    expect(issueOf({ stamps: [entry(1), [entry(2)]] })).toEqual(invalid('stamps.1: expected an object'));
    expect(issueOf({ stamps: [entry(1), 0] })).toEqual(
      invalid('stamps: expected objects, and found the number 0'),
    );
    expect(issueOf({ stamps: {} })).toEqual(invalid('stamps: expected a list'));
    expect(issueOf({ stamps: [entry(1), { ...entry(2), depth: 3 }] })).toEqual(
      invalid('stamps.1.depth: not a depth'),
    );
  });

  test('is refused for the first of its faults', () => {
    const text = JSON.stringify({
      stamps: [entry(1), { ...entry(2), depth: 3 }, { ...entry(3), usable: 0 }],
    });
    for (const length of [20, text.length])
      expect(readInPieces(text, length)).toMatchObject({
        is: 'invalid',
        issue: expect.stringMatching(/^stamps\.1\.depth/),
      });
  });

  test.each([
    ['an entry that is no object', { stamps: [entry(1), 0] }, 'invalid'],
    ['a list in the list', { stamps: [[entry(1)]] }, 'invalid'],
    ['a second list of the same name', '{"stamps":[{}],"stamps":[]}', 'invalid'],
    ['another object with such a list', { x: { stamps: [entry(1)] } }, 'invalid'],
    ['a list of another name', { x: [entry(1)] }, 'invalid'],
    ['an invalid entry', { stamps: [entry(1), { ...entry(2), depth: 3 }] }, 'invalid'],
    ['a batch twice', { stamps: [entry(1), entry(1)] }, 'invalid'],
    ['a list alone', [entry(1)], 'noList'],
  ])('is refused as a whole for %s', (_what, body, is) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    expect(readInPieces(text, 20)).toMatchObject({ is });
  });
});
