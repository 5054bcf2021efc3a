import { expect, test } from 'vitest';
import { siege } from './siege.ts';

/** The cheap ones; npm run siege has all of them. A busy machine answers late, so only the survival is checked here. */
test.each(['unread queries', 'unread pages'])('the service survives %s', async (name) => {
  const { line, faults } = await siege(name);
  expect(line).toContain('MB');
  expect(faults.filter((fault) => !fault.includes('too long'))).toEqual([]);
});
