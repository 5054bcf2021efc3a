import { HOUR_MS } from '../../src/domain/durations.ts';
import { depth, type NodeName, nodeName, plur } from '../../src/domain/units.ts';
import type { FaultName, FaultSettings } from '../../src/simulator/faults.ts';
import { NODE } from '../builders.ts';
import { Prng } from './prng.ts';
import { UNLIMITED } from './scenario.ts';

const HOUR = 3600;
const BLOCK_SECONDS = 5;
const BZZ = 10n ** 16n;
/** How long a scene lasts. */
export const BLOCKS = 120;

/** What happens in a world with several nodes. */
export type Scene = ReturnType<typeof withStop>;

/** Draws the scene of a seed. Pure: the same seed gives the same scene. */
export const sceneOf = (seed: number): Scene =>
  withStop(withClockSet(drawScene(new Prng(seed, 401)), new Prng(seed, 402)), new Prng(seed, 403));

function drawScene(prng: Prng) {
  const added = [nodeName('b'), nodeName('c')].slice(0, prng.pick([1, 1, 2]));
  const names = [NODE, ...added];
  const targets = new Map([[depth(17), prng.between(1, 4)]]);
  if (prng.chance(50)) targets.set(depth(18), prng.between(1, 2));
  const drained = prng.chance(30) ? new Set([prng.pick(names)]) : new Set<NodeName>();
  return {
    added,
    names,
    bzzPlur: prng.chance(25) ? BZZ / 50n : 100n * BZZ,
    faults: Array.from({ length: prng.between(0, 5) }, () => ({
      node: prng.pick(names),
      atBlock: prng.between(0, BLOCKS),
      blocks: prng.pick([2, 10, 40, 160]),
      ...prng.pick(FAULTS),
    })),
    acquireAt: new Set(Array.from({ length: prng.between(2, 14) }, () => prng.between(1, BLOCKS))),
    killAt: new Set(Array.from({ length: prng.pick([0, 0, 1, 2]) }, () => prng.between(1, BLOCKS))),
    /** From this block on, these nodes are drained. */
    drain: { atBlock: prng.between(5, BLOCKS / 2), nodes: drained },
    policy: {
      targets,
      runIntervalSeconds: prng.pick([60, 300, 900]),
      nodeAwaySeconds: prng.pick([120, 300, HOUR]),
      maxSpendPerDay: prng.chance(40) ? plur(BigInt(prng.between(2, 12)) * (BZZ / 16n)) : UNLIMITED,
      immediateReplenish: prng.chance(80),
    },
  };
}

/**
 * In some scenes the clock of the machine is set while a node is read. Their process is not killed: what it has not moved by
 * then would be wrong after the start, as after a clock that is set while no process runs.
 */
function withClockSet(scene: ReturnType<typeof drawScene>, prng: Prng) {
  if (!prng.chance(30)) return { ...scene, clockSetAt: new Map<number, number>() };
  const from = scene.drain.atBlock + 1;
  const slow = Array.from({ length: prng.between(1, 4) }, () => ({
    node: prng.pick(scene.names),
    atBlock: prng.between(from, BLOCKS - 20),
    blocks: 3,
    fault: 'slow' as const,
    settings: { method: 'GET', path: prng.pick(['/stamps', '/chainstate', '/wallet']), blocks: 2, times: 1 },
  }));
  return {
    ...scene,
    faults: [...scene.faults.filter(({ fault }) => fault !== 'hang'), ...slow],
    killAt: new Set<number>(),
    clockSetAt: new Map(slow.map(({ atBlock }) => [atBlock, prng.pick([72, -72, 2, -2]) * HOUR_MS])),
  };
}

/** In some scenes no process runs for an hour or days, and some nodes answer later than others when one starts again. */
function withStop(scene: ReturnType<typeof withClockSet>, prng: Prng) {
  if (!prng.chance(25)) return { ...scene, stop: null };
  const atBlock = prng.between(scene.drain.atBlock + 1, BLOCKS);
  const isLate = scene.names.filter(() => prng.chance(50));
  const late = isLate.map((node) => ({
    node,
    atBlock,
    blocks: prng.between(1, 20),
    fault: 'down' as const,
    settings: {},
  }));
  const hours = prng.pick([1, 5, 50]);
  return {
    ...scene,
    faults: [...scene.faults, ...late],
    stop: { atBlock, blocks: (hours * HOUR) / BLOCK_SECONDS },
  };
}

const FAULTS: readonly { readonly fault: FaultName; readonly settings: FaultSettings }[] = [
  { fault: 'down', settings: {} },
  { fault: 'hang', settings: { method: 'GET' } },
  { fault: 'syncing503', settings: {} },
  { fault: 'blockLag', settings: { blocks: 40 } },
  { fault: 'proxy502', settings: { method: 'GET' } },
  { fault: 'slow', settings: { method: 'POST', blocks: 12, times: 2 } },
  { fault: 'hang', settings: { method: 'POST', times: 1 } },
  { fault: 'error500BeforeBroadcast', settings: { times: 2 } },
  { fault: 'error500AfterBroadcast', settings: { times: 1 } },
  { fault: 'busy429', settings: { times: 3 } },
  { fault: 'rpcRefusing', settings: {} },
];
