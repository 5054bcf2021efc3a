import { expect, test } from 'vitest';
import { siege } from './siege.ts';

/** A cheap one; npm run siege has all of them. A busy machine answers late, so only the survival is checked here. */
test('the service survives unread queries', async () => {
  const { line, faults } = await siege('unread queries');
  expect(line).toContain('MB');
  expect(faults.filter((fault) => !fault.includes('too long'))).toEqual([]);
});
