import { expect, test } from 'vitest';
import { StoreCheck } from '../../src/pool/store-check.ts';

function checked() {
  const state = { nowMs: 0, probes: 0, fails: false };
  const check = new StoreCheck(
    async () => {
      state.probes += 1;
      if (state.fails) throw new Error('disk full');
    },
    { monotonicMs: () => state.nowMs },
  );
  return { state, check };
}

test('a database is probed once in five seconds, for any number of callers', async () => {
  const { state, check } = checked();
  await Promise.all(Array.from({ length: 100 }, () => check.run()));
  state.nowMs = 4_999;
  await check.run();
  expect(state.probes).toBe(1);
  state.nowMs = 5_000;
  await check.run();
  expect(state.probes).toBe(2);
});

test('a failed probe is not repeated at once, and a successful one replaces it', async () => {
  const { state, check } = checked();
  state.fails = true;
  await expect(check.run()).rejects.toThrow('disk full');
  await expect(check.run()).rejects.toThrow('disk full');
  expect(state.probes).toBe(1);
  state.fails = false;
  state.nowMs = 5_000;
  await check.run();
  expect(state.probes).toBe(2);
});

test('a failed acquisition counts at once, although the last probe succeeded', async () => {
  const { state, check } = checked();
  await check.run();
  await expect(check.watch(() => Promise.reject(new Error('no room')))).rejects.toThrow('no room');
  await expect(check.run()).rejects.toThrow('no room');
  expect(await check.watch(async () => 'done')).toBe('done');
  state.nowMs = 5_000;
  await check.run();
  expect(state.probes).toBe(2);
});

test('a process that has run for long probes as seldom as a new one', async () => {
  const { state, check } = checked();
  state.nowMs = 3_600_000;
  await check.run();
  state.nowMs += 4_999;
  await check.run();
  expect(state.probes).toBe(1);
  state.nowMs += 1;
  await check.run();
  expect(state.probes).toBe(2);
});
