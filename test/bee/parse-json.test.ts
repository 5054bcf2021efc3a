import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/bee/parse-json.ts';
import { plainText } from '../../src/domain/plain-text.ts';
import { anyText } from '../any-text.ts';

const JSON_CHARACTERS = '[]{}"\\,:1 n'.split('');

function standard(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

describe('JSON from a node', () => {
  test('is parsed as by JSON.parse, whatever its strings contain', () => {
    const characters = fc
      .array(fc.constantFrom(...JSON_CHARACTERS), { maxLength: 30 })
      .map((all) => all.join(''));
    const value = fc.jsonValue({ maxDepth: 6, stringUnit: fc.constantFrom(...JSON_CHARACTERS) });
    fc.assert(
      fc.property(
        fc.oneof(
          characters,
          value.map((one) => JSON.stringify(one)),
        ),
        (text) => {
          expect(parseJson(text)).toStrictEqual(standard(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('is rejected beyond 32 levels, 64 KiB or 100,000 parts', () => {
    const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect([parseJson(deep(32)), parseJson(deep(33))]).toStrictEqual([standard(deep(32)), undefined]);
    const asText = (start: string) => `"${start}${deep(33)}"`;
    for (const start of ['', '\\"', '\\\\', '\\\\\\"'])
      expect(parseJson(asText(start)), `behind ${start}`).toBe(JSON.parse(asText(start)));
    expect(parseJson(`["\\\\",${deep(32)}]`), 'behind a text').toBeUndefined();
    const behindOthers = (levels: number) => `[${'[],'.repeat(40)}${deep(levels)}]`;
    expect(parseJson(behindOthers(31))).toHaveLength(41);
    expect(parseJson(behindOthers(32))).toBeUndefined();
    const many = (parts: number) => `[${'[],'.repeat(parts - 2)}{}]`;
    expect(parseJson(many(100_000), 300_000)).toHaveLength(99_999);
    expect(parseJson(many(100_001), 300_010)).toBeUndefined();
    const long = (length: number) => `"${'['.repeat(length - 2)}"`;
    expect([parseJson(long(65_536)), parseJson(long(65_537))]).toEqual(['['.repeat(65_534), undefined]);
  });
});

describe('a text from a node', () => {
  const text = fc.oneof(
    anyText({ maxLength: 400 }),
    fc.string({
      unit: fc.constantFrom('\u0000', '\u009b', '\u2029', '\u202e', '\ud83d', '\ude00', 'a', ' '),
    }),
  );

  test('becomes one bounded line of well-formed, printable characters', () => {
    fc.assert(
      fc.property(text, (given) => {
        const shown = plainText(given);
        expect(shown.length).toBeLessThanOrEqual(201);
        expect(shown.isWellFormed()).toBe(true);
        expect(shown).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  test('is unchanged if it is printable, and ends with an ellipsis if it was truncated', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w"']{1,300}$/), (given) => {
        expect(plainText(given)).toBe(given.length <= 200 ? given : `${given.slice(0, 200)}…`);
      }),
    );
  });
});
