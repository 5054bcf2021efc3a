import type { Policy } from '../../src/domain/policy.ts';
import { Checker } from './checker.ts';
import { Clients } from './clients.ts';
import { Environment } from './environment.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import { Prng } from './prng.ts';
import { recover } from './recovery.ts';
import {
  adoptionOf,
  drawRivals,
  drawScenario,
  type PlannedEvent,
  type PlannedFault,
  type Scenario,
} from './scenario.ts';
import { drawDays, drawSettings } from './scenario-of-days.ts';
import type { ScratchFile } from './scratch-file.ts';
import { Violation } from './violation.ts';
import { World } from './world.ts';

/** The outcome of one seed. */
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
  readonly takeOvers: number;
  readonly purchases: number;
  readonly topUps: number;
  readonly acquisitions: number;
  /** Blocks from the end of all faults until the targets were met, and how many were allowed. */
  readonly recovery: { readonly blocks: number; readonly bound: number } | null;
}

interface Lift {
  readonly atBlock: number;
  readonly lift: () => void;
}

export interface RunOptions {
  /** The numbers of faults to leave out. */
  readonly without?: ReadonlySet<number>;
  /** Whether two processes compete for the lease. */
  readonly rivals?: boolean;
  /** Whether the scenario lasts for days. */
  readonly days?: boolean;
}

/** Runs one seed from its start until everything is settled. */
export async function runSeed(
  seed: number,
  scratch: ScratchFile,
  { without = new Set(), rivals = false, days = false }: RunOptions = {},
): Promise<Outcome> {
  const drawn = rivals ? drawRivals(seed) : days ? drawDays(seed) : drawScenario(seed);
  return await runScenario(
    { ...drawn, faults: drawn.faults.filter(({ number }) => !without.has(number)) },
    scratch,
  );
}

/** Runs the scenario as it is written, whatever its seed would have drawn. */
export async function runScenario(scenario: Scenario, scratch: ScratchFile): Promise<Outcome> {
  const { seed } = scenario;
  const file = await scratch.use(seed);
  const world = new World(scenario, file, { ...scenario.policy, adoption: { from: 'nowhere' } });
  const before = makeBatches(scenario, world);
  world.policy = { ...scenario.policy, adoption: adoptionOf(scenario, before) };
  const environment = new Environment(world, file.disk);
  const checker = new Checker(environment);
  world.observer = checker;
  const clients = new Clients(seed, environment, checker);
  let violation: Violation | null = null;
  let recovery: Outcome['recovery'] = null;
  try {
    const lifts = await faultPhase(scenario, { environment, checker, clients });
    recovery = await recover({ environment, checker, clients, lifts, luck: new Prng(seed, 106) });
  } catch (error) {
    if (!(error instanceof Violation))
      throw new Error(`seed ${seed}:\n${world.journal.lines.slice(-30).join('\n')}`, { cause: error });
    violation = error;
  }
  const { journal } = world;
  const outcome = {
    seed,
    violation,
    faults: scenario.faults,
    hits: environment.hits,
    lines: journal.lines,
    hash: journal.hash(),
    blocks: world.block,
    steps: world.steps + world.running.reduce((sum, { life }) => sum + life.steps, 0),
    runs: checker.runs,
    deaths: world.deaths,
    takeOvers: world.takeOvers,
    purchases: checker.purchases,
    topUps: checker.topUps,
    acquisitions: clients.acquired,
    recovery,
  };
  world.observer = null;
  await world.end();
  file.close();
  return outcome;
}

export interface ScenarioParts {
  readonly environment: Environment;
  readonly checker: Checker;
  readonly clients: Clients;
}

/** Creates the batches that the node's wallet has before the start, with different times to live. */
function makeBatches({ before, seed }: Scenario, world: World): string[] {
  const { simulator, policy } = world;
  const prng = new Prng(seed, 107);
  const ids = before.map((depth) => {
    const hours = prng.pick([25, 30, 60, 200]);
    const amount = 24_000n * 720n * BigInt(hours) + BigInt(prng.below(1_000_000));
    return simulator.chain.createForeignBatch({
      owner: simulator.wallet,
      amount,
      depth,
      immutable: policy.immutable,
    });
  });
  simulator.mineBlocks(30);
  world.startBlock = simulator.chain.tip;
  for (const batchId of ids) {
    const issuer = simulator.node.issuers.get(batchId);
    if (issuer && prng.chance(60)) simulator.node.issuers.setLabel(issuer, 'from before');
    if (prng.chance(20)) simulator.node.setUtilization(batchId, 1);
  }
  return ids.filter(() => prng.chance(80));
}

/** The first part: injects the drawn faults and events. Returns the functions that end the faults still active. */
async function faultPhase(scenario: Scenario, parts: ScenarioParts): Promise<readonly (() => void)[]> {
  const { environment, checker } = parts;
  const { world } = environment;
  const life = new Prng(scenario.seed, 108);
  const faults = [...scenario.faults];
  const events = [...scenario.events];
  let lifts: Lift[] = [];
  let startAt: number | null = 0;
  world.journal.write(`seed ${scenario.seed}: ${describe(scenario)}`);
  while (world.block < scenario.blocks) {
    if (startAt !== null && world.block >= startAt) {
      startAt = null;
      parts.clients.forgetWatchers();
      await world.start();
      checker.check();
    }
    for (const { lift } of lifts.filter(({ atBlock }) => atBlock <= world.block)) lift();
    lifts = lifts.filter(({ atBlock }) => atBlock > world.block);
    while (faults[0] && faults[0].atBlock <= world.block) {
      const fault = faults.shift();
      if (fault) lifts.push(...(await inject(fault, scenario.seed, environment)));
    }
    while (events[0] && events[0].atBlock <= world.block) {
      const event = events.shift();
      if (event) await perform(event, parts, life);
      checker.check();
    }
    if (world.isIncomplete && startAt === null) startAt = world.block + life.pick([0, 1, 1, 3, 10, 40]);
    const next = Math.min(
      scenario.blocks,
      world.block + (world.service === null ? 1 : scenario.days ? 100 : 5),
      ...[faults[0]?.atBlock, events[0]?.atBlock, ...lifts.map(({ atBlock }) => atBlock)].flatMap((at) =>
        at === undefined || at <= world.block ? [] : at,
      ),
    );
    await passAndCheck(Math.max(1, next - world.block), parts);
  }
  return lifts.map(({ lift }) => lift);
}

/** Passes block by block while anything is scheduled, and checks after each. */
export async function passAndCheck(blocks: number, { environment, checker }: ScenarioParts): Promise<void> {
  const { world } = environment;
  const end = world.block + blocks;
  while (world.block < end) {
    await world.pass(Math.min(end - world.block, world.blocksUntilNoticed));
    environment.blockPassed();
    await world.quiet();
    checker.check();
  }
}

async function inject(fault: PlannedFault, seed: number, environment: Environment): Promise<Lift[]> {
  const { world } = environment;
  world.journal.write(`* ${fault.kind}`);
  const undo = await FAULT_KINDS[fault.kind].inject(
    environment,
    new Prng(seed, 1000 + fault.number),
    fault.kind,
  );
  await world.quiet();
  if (undo === undefined) return [];
  const lift = (): void => {
    world.journal.write(`* ${fault.kind} is over`);
    undo();
  };
  return [{ atBlock: world.block + fault.blocks, lift }];
}

async function perform(
  { event }: PlannedEvent,
  { environment, checker, clients }: ScenarioParts,
  life: Prng,
): Promise<void> {
  const { world } = environment;
  const operations = world.service?.engine.operations;
  switch (event) {
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
      void operations?.runMaintenance({ dryRun: event === 'preview' }).catch(() => {}); // a failed run is reported
      return await world.quiet();
    case 'page':
      void clients.readPages();
      return await world.quiet();
    case 'retarget':
      world.policy = { ...world.policy, targets: oneLess(world.policy.targets) };
      return await world.stop();
    case 'sleep':
      return await passAndCheck(300, { environment, checker, clients });
    case 'age': // stamps bought for a day fall due, and surplus expires
      return await passAndCheck(20_000, { environment, checker, clients });
    case 'reset':
      await world.stop();
      checker.check(); // what it has done last, by the settings that it had
      world.policy = drawSettings(world.policy, life);
      return;
    case 'off':
      return await switchOff({ environment, checker, clients }, life);
    case 'empty': {
      const { chain, wallet } = world.simulator;
      chain.setBalance(wallet, { bzzPlur: 1n });
      await passAndCheck(life.pick([100, 2_000, 20_000]), { environment, checker, clients });
      chain.setBalance(wallet, { bzzPlur: 10n ** 20n });
      return;
    }
  }
}

/** The machine is off for minutes, hours or days, mostly in mid-purchase. When it boots, the clock may differ, and the node may list nothing at first. */
async function switchOff(parts: ScenarioParts, life: Prng): Promise<void> {
  const { world } = parts.environment;
  const { faults } = world.simulator;
  if (life.chance(60)) {
    faults.set('error500AfterBroadcast', { times: 1, stage: 'create' });
    await parts.clients.burst();
    await passAndCheck(4, parts);
  }
  await world.stop();
  await passAndCheck(life.pick([100, 2_000, 20_000, 150_000]), parts);
  if (life.chance(30)) world.jump(life.pick([-2, 2, 50]) * 3_600_000);
  if (life.chance(50)) faults.set('stampsEmpty', { times: life.between(1, 4) });
}

/** Lowers the largest target by one: a stamp becomes surplus. */
function oneLess(targets: Policy['targets']): Policy['targets'] {
  const [[depth, count] = []] = [...targets].toSorted(([, a], [, b]) => b - a);
  if (depth === undefined || count === undefined || (targets.size === 1 && count === 1)) return targets;
  return new Map(
    [...targets]
      .map(([of, wanted]) => [of, of === depth ? count - 1 : wanted] as const)
      .filter(([, wanted]) => wanted > 0),
  );
}

const describe = ({ version, policy, adoption, bzzPlur }: Scenario): string =>
  `Bee ${version}, targets ${[...policy.targets].map(([depth, count]) => `${depth}:${count}`).join(',')}, ` +
  `promise ${policy.acquireMinTtlSeconds / 3600} h, top up below ${policy.minTtlSeconds / 3600} h by ${policy.topUpSeconds / 3600} h, ` +
  `buy for ${policy.defaultDurationSeconds / 3600} h, run every ${policy.runIntervalSeconds} s, adopt ${adoption}, ` +
  `${policy.maxSpendPerDay ?? 'default'} PLUR a day, wallet ${bzzPlur} PLUR, ${policy.canaryIntervalSeconds === null ? 'no' : 'a'} canary`;
