import type { BenchSet } from './bench-set.ts';
import { ablationSet } from './sets/ablation.ts';
import { acquireSet } from './sets/acquire.ts';
import { groupCommitSet } from './sets/group-commit.ts';
import { httpHostsSet } from './sets/http-hosts.ts';
import { memorySet } from './sets/memory.ts';
import { openLoopSet } from './sets/open-loop.ts';
import { pythonSet } from './sets/python.ts';
import { redisSet } from './sets/redis.ts';
import { replicasSet } from './sets/replicas.ts';
import { requestedRunsSet } from './sets/requested-runs.ts';
import { runsSet } from './sets/runs.ts';
import { sizesSet } from './sets/sizes.ts';
import { startSet } from './sets/start.ts';
import { statusSet } from './sets/status.ts';
import { subscriptionsSet } from './sets/subscriptions.ts';

/** All sets, in the order in which they run. */
export const SETS: readonly BenchSet[] = [
  acquireSet,
  redisSet,
  groupCommitSet,
  replicasSet,
  statusSet,
  httpHostsSet,
  openLoopSet,
  pythonSet,
  sizesSet,
  runsSet,
  requestedRunsSet,
  subscriptionsSet,
  startSet,
  memorySet,
  ablationSet,
];
