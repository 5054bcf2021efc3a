import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exceedsLimits } from '../../src/json-limits.ts';
import { ANY_CHARACTER } from '../any-text.ts';
import { cpuTimeMs } from '../cpu-time.ts';

/** The nesting of a parsed value: a plain implementation to compare with. */
function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

describe('the nesting of a JSON text', () => {
  it('equals that of the value, whatever its strings contain', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: ANY_CHARACTER }), fc.nat(8), (value, levels) => {
        expect(exceedsLimits(JSON.stringify(value), { levels })).toBe(levelsOf(value) > levels);
      }),
    );
  });

  it.each([
    ['brackets in a string', '{"a":"[[[[["}', 1],
    ['an escaped quote before brackets', '{"a":"\\"[[[[["}', 1],
    ['an escaped backslash at the end of a string', '["\\\\",[[]]]', 3],
    ['a text that ends in an escape', '["\\', 1],
    ['brackets that are closed and opened again', '[[],[],[]]', 2],
  ])('is counted correctly with %s', (_what, text, levels) => {
    expect([exceedsLimits(text, { levels }), exceedsLimits(text, { levels: levels - 1 })]).toEqual([
      false,
      true,
    ]);
  });

  it.each([
    ['[1]', 0],
    ['[1,2]', 1],
    ['{"a":",,,","b":[1]}', 1],
  ])('is checked together with the number of values: %s', (text, commas) => {
    const levels = 9;
    expect([
      exceedsLimits(text, { levels, values: commas + 1 }),
      exceedsLimits(text, { levels, values: commas }),
    ]).toEqual([false, true]);
  });

  it.each([
    ['1', 0],
    ['[1,{"a":"[{"},[]]', 3],
  ])('is checked together with the number of objects and arrays: %s', (text, parts) => {
    const levels = 9;
    expect([
      exceedsLimits(text, { levels, parts }),
      exceedsLimits(text, { levels, parts: parts - 1 }),
    ]).toEqual([false, true]);
  });

  it.each(['"', '\\"', '"\\"', '[', '\\'])('is counted in one pass over 10 MB of %j', (unit) => {
    const text = unit.repeat(10_000_000 / unit.length);
    const began = cpuTimeMs();
    exceedsLimits(text, { levels: Number.POSITIVE_INFINITY });
    expect(cpuTimeMs() - began).toBeLessThan(2000);
  });
});
