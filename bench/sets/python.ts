import type { BenchSet } from '../bench-set.ts';

/** The pool of the Python gateway is not in this repository, and a stand-in would measure only itself. */
export const pythonSet: BenchSet = {
  name: 'python',
  about: 'P5: why the Python original is not measured',
  hasGoal: true,
  run: async ({ note }) => {
    note(
      'P5 the Python original: not measured, because it is not in this repository. docs/performance.md has the figures of others.',
    );
  },
};
