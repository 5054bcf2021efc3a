import type { BenchSet } from './bench-set.ts';
import { acquireSet } from './sets/acquire.ts';
import { statusSet } from './sets/status.ts';

/** All sets, in the order in which they run. */
export const SETS: readonly BenchSet[] = [acquireSet, statusSet];
