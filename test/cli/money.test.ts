import { expect, test } from 'vitest';
import { shortMoney } from '../../src/cli/text/money.ts';

test.each([
  ['9.6276765865279488 BZZ', '9.6276 BZZ'],
  ['3.0845012345 BZZ', '3.0845 BZZ'],
  ['10.00001 BZZ', '10.0000 BZZ'],
  ['0.3850400755351552 BZZ', '0.3850 BZZ'],
  ['0.0054321 BZZ', '0.005432 BZZ'],
  ['0.0000000000000001 BZZ', '0.0000000000000001 BZZ'],
  ['99.9984 xDAI', '99.9984 xDAI'],
  ['0 BZZ', '0 BZZ'],
])('%s is shown as %s', (text, shown) => {
  expect(shortMoney(text)).toBe(shown);
});
