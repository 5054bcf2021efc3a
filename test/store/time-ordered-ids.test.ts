import { expect, test } from 'vitest';
import { isAcquisitionId } from '../../src/domain/units.ts';
import { timeOrderedIds } from '../../src/store/time-ordered-ids.ts';
import { seconds, T0 } from '../builders.ts';

test('ids grow in the order of creation: within a millisecond, over time, and when the clock is set back', () => {
  const newId = timeOrderedIds();
  const moments = [...Array.from({ length: 600 }, () => T0), seconds(1), seconds(-5), T0, seconds(2)];
  const made = moments.map(newId);
  expect(new Set(made).size).toBe(made.length);
  expect(made.every(isAcquisitionId)).toBe(true);
  expect(made).toEqual(made.toSorted((a, b) => (a < b ? -1 : 1)));
});

test('an id contains the time of its creation', () => {
  const id = timeOrderedIds()(T0);
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(T0.getTime());
});

test('ids are larger than those of an earlier process, also in the same millisecond and when the clock was set back', () => {
  const earlier = timeOrderedIds();
  const newest = [T0, T0, T0].map(earlier).at(-1) ?? '';
  const made = [seconds(-5), T0].map(timeOrderedIds(newest));
  expect([newest, ...made]).toEqual([newest, ...made].toSorted((a, b) => (a < b ? -1 : 1)));
  expect(new Set(made).size).toBe(2);
});
