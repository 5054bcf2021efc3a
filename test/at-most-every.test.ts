import { expect, test } from 'vitest';
import { atMostEvery } from '../src/at-most-every.ts';

test('works on an event at once, and then once in an interval with the count', () => {
  let monotonicMs = 0;
  const logged: unknown[] = [];
  const log = atMostEvery<string>(
    60_000,
    { monotonicMs: () => monotonicMs },
    (...event) => void logged.push(event),
  );
  for (const address of ['a', 'b', 'c']) log(address);
  monotonicMs = 60_000;
  for (const address of ['d', 'e']) log(address);
  expect(logged).toEqual([
    ['a', 1],
    ['d', 3],
  ]);
});
