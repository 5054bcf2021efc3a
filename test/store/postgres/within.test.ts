import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { STATEMENT_TIMEOUT_MS, TIMES } from '../../../src/store/postgres/times.ts';
import { TimeLimit, within } from '../../../src/store/postgres/within.ts';
import { OutcomeUnknownError, StoreFailedError } from '../../../src/store/store.ts';

const unknown = expect.any(OutcomeUnknownError);

describe('the end of the time of a transaction', () => {
  test('before a commit was sent means that nothing was written, and during one that it is unknown', () => {
    const limit = new TimeLimit();
    limit.begin();
    expect(limit.end('late')).toEqual(new StoreFailedError('late'));
    expect(limit.end('late')).not.toEqual(unknown);
    const committing = new TimeLimit();
    committing.begin();
    committing.beforeCommit();
    expect(committing.end('late')).toEqual(unknown);
  });

  test('means that nothing was written if the transaction has begun to run again', () => {
    const limit = new TimeLimit();
    limit.begin();
    limit.beforeCommit();
    limit.begin();
    expect(limit.end('late')).not.toEqual(unknown);
  });

  test('lets no run begin and no commit be sent', () => {
    const limit = new TimeLimit();
    limit.begin();
    limit.end('late');
    expect(() => limit.begin()).toThrow(new StoreFailedError('late'));
    expect(() => limit.beforeCommit()).toThrow(new StoreFailedError('late'));
  });
});

test('the store waits for a statement longer than the server runs it, and for an acquisition less than ten seconds', () => {
  expect(TIMES.answerMs).toBeGreaterThan(STATEMENT_TIMEOUT_MS);
  expect(TIMES.acquireMs).toBeLessThan(10_000);
  expect(TIMES.settleMs).toBeLessThan(TIMES.acquireMs); // it may follow another wait
});

describe('work with a time limit', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  test('has its result or its failure, and leaves no timer', async () => {
    expect(await within(100, async () => 'done')).toBe('done');
    const failing = within(100, async () => {
      throw new RangeError('of the work');
    });
    await expect(failing).rejects.toThrow(RangeError);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('fails when the time is over, and the work may not commit afterwards', async () => {
    let given: TimeLimit | undefined;
    const late = within(100, (limit) => {
      given = limit;
      return new Promise(() => {});
    });
    vi.advanceTimersByTime(99);
    expect(() => given?.beforeCommit()).not.toThrow();
    given?.begin();
    vi.advanceTimersByTime(1);
    await expect(late).rejects.toThrow(new StoreFailedError('the database has not answered for 100 ms'));
    expect(() => given?.beforeCommit()).toThrow(StoreFailedError);
  });
});
