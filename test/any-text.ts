import * as fc from 'fast-check';

/**
 * Texts of any code points, as `fc.string({ unit: 'binary' })` makes them. That one keeps a table of 1.1 million code points in
 * each process, which takes 0.8 s to make.
 */
export const anyText = (limits: { readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ ...limits, unit: ANY_CHARACTER });

const SURROGATES = { first: 0xd800, count: 0x800 };

/** Any code point, as `'binary'` is as the unit of a text. */
export const ANY_CHARACTER: fc.Arbitrary<string> = fc.nat({ max: 0x10ffff - SURROGATES.count }).map(
  (n) => String.fromCodePoint(n < SURROGATES.first ? n : n + SURROGATES.count),
  (character) => {
    const [first, ...more] = typeof character === 'string' ? character : '';
    const n = first?.codePointAt(0);
    if (n === undefined || more.length > 0) throw new TypeError('not a character');
    return n < SURROGATES.first ? n : n - SURROGATES.count;
  },
);
