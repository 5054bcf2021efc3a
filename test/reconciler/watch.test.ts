import { describe, expect, it } from 'vitest';
import { PendingWatch } from '../../src/reconciler/watch.ts';

const approval = { hash: '0xa', description: 'Approve tokens for postage operations' };
const creation = { hash: '0xc', description: 'Postage batch creation' };

describe('a transaction that stays pending', () => {
  it('is told of after 120 blocks, by its hash, with each look', () => {
    const watch = new PendingWatch();
    expect(watch.look([approval], 1_000)).toEqual([]);
    expect(watch.look([approval], 1_119)).toEqual([]);
    const told = {
      code: 'TRANSACTION_STUCK',
      subject: '0xa',
      detail: '"Approve tokens for postage operations", 0xa, for 120 blocks.',
    };
    expect(watch.look([approval], 1_120)).toEqual([told]);
    expect(watch.look([approval, creation], 1_121)).toMatchObject([{ subject: '0xa' }]);
  });

  it('is not told of for the time that another one took before it', () => {
    const watch = new PendingWatch();
    watch.look([approval], 1_000);
    watch.look([approval, creation], 1_100);
    expect(watch.look([creation], 1_150)).toEqual([]);
    expect(watch.look([], 1_160)).toEqual([]);
    expect(watch.look([creation], 1_250)).toEqual([]);
  });
});
