/**
 * A process of the sandbox: plays worlds of the simulation with one mutant after the other. The parent sends a mutant and a
 * part of the worlds, and gets a Simulated back.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Rule } from '../simulation/violation.ts';
import { hitLimit, instrumentation } from './instrumentation.ts';

export interface SimulationRequest {
  readonly id: string;
  readonly part: 'first' | 'rest';
}

export interface Simulated {
  /** How the mutant was caught; null: it was not. */
  readonly caughtBy: string | null;
}

const state = instrumentation(); // before instrumented code is loaded
Error.stackTraceLimit = 0;
const seeds = Number(process.argv[2]);
const { runSeed } = await import('../simulation/run-scenario.ts');
const { runNodesSeed } = await import('../simulation/several-nodes.ts');
const { ScratchFile } = await import('../simulation/scratch-file.ts');
await using scratch = await ScratchFile.make();

interface World {
  readonly name: string;
  readonly play: () => Promise<{
    readonly violation: { readonly rule: Rule; readonly message: string } | null;
  }>;
}

const alone = (seed: number): World => ({ name: `seed ${seed}`, play: () => runSeed(seed, scratch) });
const rivals = (seed: number): World => ({
  name: `rivals, seed ${seed}`,
  play: () => runSeed(seed, scratch, { rivals: true }),
});
const nodes = (seed: number): World => ({ name: `nodes, seed ${seed}`, play: () => runNodesSeed(seed) });
const upTo = (count: number, from = 1): readonly number[] =>
  Array.from({ length: Math.max(0, count + 1 - from) }, (_, index) => from + index);

const PARTS: Readonly<Record<SimulationRequest['part'], readonly World[]>> = {
  first: [...upTo(Math.min(4, seeds)).map(alone), nodes(1), rivals(1)],
  rest: [
    ...upTo(seeds, 5).map(alone),
    ...upTo(Math.ceil(seeds / 5), 2).map(rivals),
    ...upTo(Math.ceil(seeds / 10), 2).map(nodes),
  ],
};

/** Hits by world and id, without a mutant. Kept in the sandbox. */
const perWorld = await measured('worlds.json');

async function measured(target: string): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>> {
  if (!existsSync(target)) {
    for (const { name, play } of [...PARTS.first, ...PARTS.rest]) {
      state.currentTestId = name;
      const { violation } = await play();
      if (violation) throw new Error(`${name} fails without a mutant: ${violation.message}`);
    }
    state.currentTestId = undefined;
    writeFileSync(`${target}.${process.pid}`, JSON.stringify(state.mutantCoverage?.perTest));
    renameSync(`${target}.${process.pid}`, target);
  }
  return JSON.parse(readFileSync(target, 'utf8'));
}

/** Most worlds that run a mutant show what the first of them show. */
const MAX_WORLDS = 15;

async function judge({ id, part }: SimulationRequest): Promise<Simulated> {
  state.activeMutant = id;
  const running = PARTS[part].filter(({ name }) => perWorld[name]?.[id] !== undefined);
  for (const world of running.slice(0, MAX_WORLDS)) {
    state.hitCount = 0;
    state.hitLimit = hitLimit(perWorld[world.name]?.[id] ?? 0);
    const caughtBy = await outcomeOf(world);
    if (caughtBy !== null) return { caughtBy: `${world.name}, ${caughtBy}` };
  }
  return { caughtBy: null };
}

async function outcomeOf({ play }: World): Promise<string | null> {
  try {
    const { violation } = await play();
    return violation && `promise ${violation.rule}`;
  } catch {
    return 'an error';
  }
}

process.on('message', (request: SimulationRequest) => {
  judge(request).then(
    (answer) => process.send?.(answer),
    () => process.exit(1),
  );
});
process.on('uncaughtException', () => process.exit(1));
process.on('disconnect', () => process.exit()); // the parent has ended
process.send?.('ready');
await new Promise(() => {});
