import type { NodeName } from '../../src/domain/units.ts';
import type { FaultName } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { NODE } from '../builders.ts';
import { World } from '../virtual/world.ts';
import { NodesWatch } from './nodes-watch.ts';
import { Prng } from './prng.ts';
import { UNLIMITED } from './scenario.ts';
import { BLOCKS, type Scene, sceneOf } from './scene-of-nodes.ts';
import { type Rule, Violation } from './violation.ts';

/** What happened to the nodes of one seed. */
export interface NodesOutcome {
  readonly seed: number;
  readonly purchases: number;
  readonly acquisitions: number;
  readonly violation: { readonly rule: Rule; readonly message: string } | null;
  readonly log: readonly string[];
}

/**
 * A pool with several nodes, each with its own faults, whose process is killed and stopped: needs are filled once over all
 * nodes, drained nodes buy nothing, the daily limit is the pool's, stock of a node that is away stays where it is; and without
 * faults, all targets are met.
 */
export async function runNodesSeed(seed: number): Promise<NodesOutcome> {
  const scene = sceneOf(seed);
  const world = new World({ seed, policy: scene.policy });
  await using _ = world;
  const nodes = new Map<NodeName, Simulator>([[NODE, world.simulator]]);
  for (const name of scene.added)
    nodes.set(name, world.addNode(name, seed + 1_000 * nodes.size, { bzzPlur: scene.bzzPlur }));
  const watch = new NodesWatch(world, scene);
  let violation: Violation | null = null;
  try {
    await play({ world, scene, nodes, watch, prng: new Prng(seed, 404) });
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const bought = [...nodes.values()].map(
    ({ chain, wallet }) =>
      chain.ledger.filter((entry) => entry.payer === wallet && entry.kind === 'create').length,
  );
  return {
    seed,
    purchases: bought.reduce((sum, count) => sum + count, 0),
    acquisitions: watch.acquisitions,
    violation: violation && { rule: violation.rule, message: violation.message },
    log: world.log,
  };
}

interface Played {
  readonly world: World;
  readonly scene: Scene;
  readonly nodes: ReadonlyMap<NodeName, Simulator>;
  readonly watch: NodesWatch;
  readonly prng: Prng;
}

async function play(played: Played): Promise<void> {
  const { world, scene, nodes, watch, prng } = played;
  const start = (): Promise<void> => startWatched(played);
  await start();
  for (let block = 1; block <= BLOCKS; block++) {
    for (const { node, fault, settings } of scene.faults.filter((one) => one.atBlock === block))
      nodes.get(node)?.faults.set(fault, settings);
    for (const { node, fault } of scene.faults.filter((one) => one.atBlock + one.blocks === block))
      endFault(nodes.get(node), fault);
    if (scene.killAt.has(block)) {
      await world.kill();
      await start();
    }
    if (scene.drain.atBlock === block && scene.drain.nodes.size > 0) {
      await world.stop();
      world.set({ drainedNodes: scene.drain.nodes });
      watch.drained = scene.drain.nodes;
      await start();
    }
    if (scene.stop?.atBlock === block) {
      await world.stop();
      watch.stopped();
      await world.passBlocks(scene.stop.blocks);
      await start();
    }
    const setByMs = scene.clockSetAt.get(block);
    if (setByMs !== undefined) {
      void world.run.engine.operations.runMaintenance({ dryRun: false }).catch(() => {}); // a run that fails is reported
      await world.quiet();
      world.clock.jump(setByMs);
    }
    if (scene.acquireAt.has(block)) await watch.acquire(prng.pick([17, 17, 18]));
    await world.passBlocks(1);
    watch.check();
  }
  await recover(played);
}

async function startWatched({ world, watch }: Pick<Played, 'world' | 'watch'>): Promise<void> {
  watch.started();
  await world.start({ around: (store) => watch.around(store) });
}

function endFault(simulator: Simulator | undefined, fault: FaultName): void {
  if (!simulator) return;
  simulator.faults.clear(fault);
  if (simulator.node.phase === 'down') simulator.node.start();
}

/** Without faults, limits and drained nodes, all targets are met. */
async function recover(played: Played): Promise<void> {
  const { world, nodes, watch, scene } = played;
  await world.stop();
  watch.drained = new Set();
  watch.limit = UNLIMITED;
  world.set({ drainedNodes: new Set(), maxSpendPerDay: watch.limit });
  for (const simulator of nodes.values()) {
    simulator.faults.clearAll();
    if (simulator.node.phase === 'down') simulator.node.start();
  }
  await startWatched(played);
  await world.full(RECOVERY_BLOCKS).catch((error: unknown) => {
    throw new Violation(
      'recovery',
      `the targets ${[...scene.policy.targets].join(' ')} are not met: ${String(error).slice(0, 200)}`,
    );
  });
  watch.check();
}

/** Hours, because a purchase may have to be abandoned, and its node pauses. */
const RECOVERY_BLOCKS = 4 * 720;
