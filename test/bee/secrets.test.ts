import { expect, it } from 'vitest';
import { secretsOf } from '../../src/bee/transport.ts';

it('the secrets of headers are their values and what follows the scheme, from four characters on, the longest first', () => {
  expect(
    secretsOf({ 'x-key': 'abcd', authorization: 'Bearer abcd-efgh', 'x-short': 'a b', 'x-mode': 'on abc' }),
  ).toEqual(['Bearer abcd-efgh', 'abcd-efgh', 'on abc', 'abcd', 'abcd']);
});
