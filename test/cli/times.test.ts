import { expect, test } from 'vitest';
import { dueTime } from '../../src/cli/text/times.ts';

test('a time that has just passed is due now, and overdue after a minute', () => {
  const now = new Date('2026-11-26T03:00:00Z');
  const texts = [5, 0, -59, -130].map((seconds) => dueTime(new Date(now.getTime() + seconds * 1000), now));
  expect(texts).toEqual(['in 5 s', 'now', 'now', 'overdue by 2 min']);
});
