import { expect, it } from 'vitest';
import type { Action, Hold } from '../../src/domain/action.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { DecisionLog } from '../../src/reconciler/decision-log.ts';
import { batchId } from '../builders.ts';

const HOUR_MS = 3_600_000;
const hold = (reason: string, of = 17): Hold => ({
  do: 'hold',
  code: 'BUSY',
  depth: depth(of),
  cost: null,
  reason,
});
const spending = (dailyLimit: bigint) => ({
  fullReserve: plur(1n),
  nextReplenishment: plur(1n),
  lastDay: plur(1n),
  dailyLimit: plur(dailyLimit),
});

/** Writes to one log, and returns the lines of this write. */
function aLog() {
  const lines: string[] = [];
  const log = new DecisionLog((_fields, message) => void lines.push(message));
  return (actions: readonly Action[], nowMs: number, limit: bigint | null = null): readonly string[] => {
    log.write({ actions, spending: limit === null ? null : spending(limit) }, nowMs);
    return lines.splice(0);
  };
}

it('logs a hold when it begins, and every hour while it lasts, whatever its reason is', () => {
  const write = aLog();
  expect(write([hold('one')], 0)).toEqual([expect.stringContaining('one')]);
  expect(write([hold('two')], HOUR_MS - 1)).toEqual([]);
  expect(write([hold('three'), hold('other', 20)], HOUR_MS - 1)).toEqual([expect.stringContaining('other')]);
  expect(write([hold('four')], HOUR_MS)).toEqual([expect.stringContaining('four')]);
  expect(write([hold('five')], HOUR_MS + 1)).toEqual([]);
  expect(write([], HOUR_MS + 2)).toEqual([]);
  expect(write([hold('six')], HOUR_MS + 3)).toEqual([expect.stringContaining('six')]);
});

it('does not log what is done, which is logged where it is done', () => {
  expect(aLog()([{ do: 'expire', batchId: batchId(1), depth: depth(17), reason: 'over' }], 0)).toEqual([]);
});

it('logs the daily limit when it has changed by more than a tenth', () => {
  const write = aLog();
  const limits = [100n, 110n, 111n, 100n, 99n, 90n].map((limit) => write([], 0, limit).length);
  expect(limits).toEqual([1, 0, 1, 0, 1, 0]);
  expect(write([], 0, null)).toEqual([]);
  expect(write([], 0, 10n ** 16n)).toEqual([
    expect.stringMatching(/^a full reserve costs .* BZZ; at most 1 BZZ are spent per day$/),
  ]);
});
