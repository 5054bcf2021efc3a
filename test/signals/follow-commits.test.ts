import { expect, test } from 'vitest';
import { followCommits } from '../../src/signals/follow-commits.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Levels that include up to `committed` whenever they are counted, and the commits of another process. */
function followed() {
  const clock = new VirtualClock();
  const state = { committed: 7, revision: 7, counts: 0, fails: false };
  const errors: unknown[] = [];
  const listeners = new Set<(commit: { readonly revision: number }) => void>();
  const following = followCommits({
    watch: (listener) => {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
    levels: {
      get revision() {
        return state.revision;
      },
      recount: async () => {
        state.counts += 1;
        if (state.fails) throw new Error('the database is away');
        state.revision = state.committed;
      },
    },
    clock,
    onError: (error) => errors.push(error),
  });
  const commit = (revision: number): void => {
    state.committed = Math.max(state.committed, revision);
    for (const listener of listeners) listener({ revision });
  };
  const pass = async (ms: number): Promise<void> => {
    clock.advanceTo(clock.monotonicMs() + ms);
    await settle();
  };
  return { state, errors, listeners, following, commit, pass };
}

test('counts a commit of another process at once, and a burst of them a few times', async () => {
  const { state, commit, pass } = followed();
  commit(8);
  await settle();
  expect(state).toMatchObject({ counts: 1, revision: 8 });
  for (let revision = 9; revision <= 500; revision++) commit(revision);
  await settle();
  expect(state.counts).toBe(1);
  await pass(50);
  expect(state).toMatchObject({ counts: 2, revision: 500 });
  await pass(5_000);
  expect(state.counts).toBe(2);
});

test('counts nothing for a commit that the levels include', async () => {
  const { state, commit } = followed();
  state.revision = 12;
  commit(12);
  commit(11);
  await settle();
  expect(state.counts).toBe(0);
  commit(13); // and goes on following
  await settle();
  expect(state).toMatchObject({ counts: 1, revision: 13 });
});

test('counts once for each commit to a database that was restored', async () => {
  const { state, commit, pass } = followed();
  commit(100);
  await settle();
  state.revision = state.committed = 3; // counted by another caller
  await pass(50);
  const { counts } = state;
  commit(4);
  await settle();
  await pass(5_000);
  await pass(5_000);
  expect(state).toMatchObject({ counts: counts + 1, revision: 4 });
});

test('reports a count that fails, and repeats it until it succeeds', async () => {
  const { state, errors, commit, pass } = followed();
  state.fails = true;
  commit(8);
  await settle();
  await pass(1_000);
  expect([state.counts, errors.length]).toEqual([2, 2]);
  state.fails = false;
  await pass(1_000);
  expect([state.counts, state.revision]).toEqual([3, 8]);
});

test('ends', async () => {
  const { state, listeners, following, commit } = followed();
  commit(8);
  await following[Symbol.asyncDispose]();
  expect([listeners.size, state.counts]).toEqual([0, 1]);
});
