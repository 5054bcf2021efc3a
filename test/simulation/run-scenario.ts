import type { Policy } from '../../src/domain/policy.ts';
import { Checker } from './checker.ts';
import { Clients } from './clients.ts';
import { Scene } from './environment.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { Dice } from './prng.ts';
import { recover } from './recovery.ts';
import { adoptionOf, drawScript, type PlannedAct, type PlannedFault, type Script } from './scenario.ts';
import type { ScratchFile } from './scratch-file.ts';
import { Violation } from './violation.ts';
import { Stage } from './world.ts';

/** What came of one seed. */
export interface Outcome {
  readonly seed: number;
  readonly violation: Violation | null;
  readonly faults: readonly PlannedFault[];
  readonly hits: ReadonlyMap<string, number>;
  readonly lines: readonly string[];
  readonly hash: string;
  readonly blocks: number;
  readonly steps: number;
  readonly runs: number;
  readonly deaths: number;
  readonly purchases: number;
  readonly topUps: number;
  readonly acquisitions: number;
  /** Blocks from the lifting of all faults until the targets were met, and what was allowed. */
  readonly recovery: { readonly blocks: number; readonly bound: number } | null;
}

interface Lift {
  readonly atBlock: number;
  readonly lift: () => void;
}

/** One seed from start to settled. `without`: the numbers of faults that are left out. */
export async function play(
  seed: number,
  scratch: ScratchFile,
  without: ReadonlySet<number> = new Set(),
): Promise<Outcome> {
  const drawn = drawScript(seed);
  return await playScript(
    { ...drawn, faults: drawn.faults.filter(({ number }) => !without.has(number)) },
    scratch,
  );
}

/** What is written in the script, whatever its seed would have drawn. */
export async function playScript(script: Script, scratch: ScratchFile): Promise<Outcome> {
  const { seed } = script;
  const file = await scratch.use(seed);
  const stage = new Stage(script, file, { ...script.policy, adoption: { from: 'nowhere' } });
  const before = makeBatches(script, stage);
  stage.policy = { ...script.policy, adoption: adoptionOf(script, before) };
  const scene = new Scene(stage, file.disk);
  const checker = new Checker(scene);
  stage.audience = checker;
  const clients = new Clients(seed, scene, checker);
  let violation: Violation | null = null;
  let recovery: Outcome['recovery'] = null;
  try {
    const lifts = await chaos(script, { scene, checker, clients });
    recovery = await recover({ scene, checker, clients, lifts, luck: new Dice(seed, 106) });
  } catch (error) {
    if (!(error instanceof Violation))
      throw new Error(`seed ${seed}:\n${stage.journal.lines.slice(-30).join('\n')}`, { cause: error });
    violation = error;
  }
  const { journal } = stage;
  const outcome = {
    seed,
    violation,
    faults: script.faults,
    hits: scene.hits,
    lines: journal.lines,
    hash: journal.hash(),
    blocks: stage.block,
    steps: stage.steps + (stage.run?.life.steps ?? 0),
    runs: checker.runs,
    deaths: stage.deaths,
    purchases: checker.purchases,
    topUps: checker.topUps,
    acquisitions: clients.acquired,
    recovery,
  };
  stage.audience = null;
  stage.kill();
  file.close();
  return outcome;
}

export interface Playing {
  readonly scene: Scene;
  readonly checker: Checker;
  readonly clients: Clients;
}

/** The node's wallet has batches from before, of every age. */
function makeBatches({ before, seed }: Script, stage: Stage): string[] {
  const { simulator, policy } = stage;
  const dice = new Dice(seed, 107);
  const ids = before.map((depth) => {
    const hours = dice.pick([25, 30, 60, 200]);
    const amount = 24_000n * 720n * BigInt(hours) + BigInt(dice.below(1_000_000));
    return simulator.chain.createForeignBatch({
      owner: simulator.wallet,
      amount,
      depth,
      immutable: policy.immutable,
    });
  });
  simulator.mineBlocks(30);
  stage.startBlock = simulator.chain.tip;
  for (const batchId of ids) {
    const issuer = simulator.node.issuers.get(batchId);
    if (issuer && dice.chance(60)) simulator.node.issuers.setLabel(issuer, 'from before');
    if (dice.chance(20)) simulator.node.setUtilization(batchId, 1);
  }
  return ids.filter(() => dice.chance(80));
}

/** The first part: everything that was drawn happens. Returns what is still to be lifted. */
async function chaos(script: Script, playing: Playing): Promise<readonly (() => void)[]> {
  const { scene, checker } = playing;
  const { stage } = scene;
  const life = new Dice(script.seed, 108);
  const faults = [...script.faults];
  const acts = [...script.acts];
  let lifts: Lift[] = [];
  let startAt: number | null = 0;
  stage.journal.write(`seed ${script.seed}: ${describe(script)}`);
  while (stage.block < script.blocks) {
    if (startAt !== null && stage.block >= startAt) {
      startAt = null;
      playing.clients.forgetWatchers();
      await stage.start();
      checker.look();
    }
    for (const { lift } of lifts.filter(({ atBlock }) => atBlock <= stage.block)) lift();
    lifts = lifts.filter(({ atBlock }) => atBlock > stage.block);
    while (faults[0] && faults[0].atBlock <= stage.block) {
      const fault = faults.shift();
      if (fault) lifts.push(...(await strike(fault, script.seed, scene)));
    }
    while (acts[0] && acts[0].atBlock <= stage.block) {
      const act = acts.shift();
      if (act) await perform(act, playing);
      checker.look();
    }
    if (stage.run === null && startAt === null) startAt = stage.block + life.pick([0, 1, 1, 3, 10, 40]);
    const next = Math.min(
      script.blocks,
      stage.block + (stage.run === null ? 1 : 5),
      ...[faults[0]?.atBlock, acts[0]?.atBlock, ...lifts.map(({ atBlock }) => atBlock)].flatMap((at) =>
        at === undefined || at <= stage.block ? [] : at,
      ),
    );
    await passLooking(Math.max(1, next - stage.block), playing);
  }
  return lifts.map(({ lift }) => lift);
}

/** Block by block as long as anything moves, and looked at after each. */
export async function passLooking(blocks: number, { scene, checker }: Playing): Promise<void> {
  const { stage } = scene;
  const end = stage.block + blocks;
  while (stage.block < end) {
    await stage.pass(Math.min(end - stage.block, stage.blocksUntilNoticed));
    scene.blockPassed();
    await stage.quiet();
    checker.look();
  }
}

async function strike(fault: PlannedFault, seed: number, scene: Scene): Promise<Lift[]> {
  const { stage } = scene;
  stage.journal.write(`* ${fault.kind}`);
  const struck = await FAULT_KINDS[fault.kind].strike(scene, new Dice(seed, 1000 + fault.number), fault.kind);
  await stage.quiet();
  if (struck === undefined) return [];
  const lift = (): void => {
    stage.journal.write(`* ${fault.kind} is over`);
    struck();
  };
  return [{ atBlock: stage.block + fault.blocks, lift }];
}

async function perform({ act }: PlannedAct, { scene, checker, clients }: Playing): Promise<void> {
  const { stage } = scene;
  const operations = stage.run?.core.operations;
  switch (act) {
    case 'burst':
      return await clients.burst();
    case 'retry':
      return await clients.retry();
    case 'watch':
      return await clients.watch();
    case 'unwatch':
      return await clients.unwatch();
    case 'maintain':
    case 'preview':
      void operations?.runMaintenance({ dryRun: act === 'preview' }).catch(() => {}); // a run that fails is told elsewhere
      return await stage.quiet();
    case 'page':
      void clients.turnPages();
      return await stage.quiet();
    case 'retarget':
      stage.policy = { ...stage.policy, targets: oneLess(stage.policy.targets) };
      return await stage.stop();
    case 'sleep':
      return await passLooking(300, { scene, checker, clients });
    case 'age': // what was bought for a day falls due, and what is surplus by then expires
      return await passLooking(20_000, { scene, checker, clients });
  }
}

/** The operator wants one less of the largest target: what is there becomes surplus. */
function oneLess(targets: Policy['targets']): Policy['targets'] {
  const [[depth, count] = []] = [...targets].toSorted(([, a], [, b]) => b - a);
  if (depth === undefined || count === undefined || (targets.size === 1 && count === 1)) return targets;
  return new Map(
    [...targets]
      .map(([of, wanted]) => [of, of === depth ? count - 1 : wanted] as const)
      .filter(([, wanted]) => wanted > 0),
  );
}

const describe = ({ version, policy, adoption, bzzPlur }: Script): string =>
  `Bee ${version}, targets ${[...policy.targets].map(([depth, count]) => `${depth}:${count}`).join(',')}, ` +
  `promise ${policy.acquireMinTtlSeconds / 3600} h, top up below ${policy.minTtlSeconds / 3600} h by ${policy.topUpSeconds / 3600} h, ` +
  `buy for ${policy.defaultDurationSeconds / 3600} h, look every ${policy.checkIntervalSeconds} s, adopt ${adoption}, ` +
  `${policy.maxSpendPerDay ?? 'default'} PLUR a day, wallet ${bzzPlur} PLUR`;
