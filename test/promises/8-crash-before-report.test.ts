import { expect, it } from 'vitest';
import type { Change } from '../../src/domain/change.ts';
import type { IncidentCode } from '../../src/domain/incident.ts';
import { depth } from '../../src/domain/units.ts';
import { NODE } from '../builders.ts';
import { afterCommit } from '../virtual/after-commit.ts';
import { World } from '../virtual/world.ts';

const POST = { method: 'POST', times: 1 } as const;
/** Stamps that do not live long, so that one expires soon. */
const onlySmall = { targets: new Map([[depth(17), 1]]), defaultDurationSeconds: 25 * 3600 };
const BLOCKS_A_DAY = 17_280;

interface Case {
  /** The process dies right after it has committed the first change of this kind. */
  readonly change: Change['change'];
  readonly code: IncidentCode;
  readonly prepare: (world: World) => Promise<void>;
  readonly withinBlocks: number;
}

const cases: readonly Case[] = [
  {
    change: 'orderRejected',
    code: 'BUSY',
    prepare: async ({ simulator }) => {
      simulator.faults.set('busy429', POST);
    },
    withinBlocks: 40,
  },
  {
    change: 'orderAbandoned',
    code: 'PURCHASE_ABANDONED',
    prepare: async ({ simulator }) => {
      simulator.faults.set('eventMissed', { times: 1 });
      simulator.faults.set('reset', { ...POST, stage: 'create' });
    },
    withinBlocks: 200,
  },
  {
    change: 'orderConfirmed',
    code: 'PURCHASE_LATE',
    prepare: async ({ simulator }) => {
      simulator.faults.set('sendUnseen', POST);
      simulator.faults.set('txDelayed', { times: 1, blocks: 300 });
    },
    withinBlocks: 800,
  },
  {
    change: 'stampExpired',
    code: 'STAMP_EXPIRED',
    prepare: async (world) => {
      await world.start();
      await world.full();
      await world.stop();
      world.set({ targets: new Map() });
    },
    withinBlocks: 2 * BLOCKS_A_DAY,
  },
];

it.each(cases)('reports $code once if the process dies after the commit of $change', async (given) => {
  await using world = new World({ policy: onlySmall });
  await given.prepare(world);
  const before = world.incidents.length;
  await world.start({
    around: afterCommit(given.change, async () => world.run.life.die()),
  });
  const { life } = world.run;
  await world.until('the process has died', () => life.dead, given.withinBlocks);
  expect(world.incidents.slice(before)).not.toContain(given.code);
  await world.kill();
  await world.start();
  await world.passBlocks(40);
  const reported = world.incidents.slice(before).filter((code) => code === given.code);
  expect(reported).toEqual([given.code]);
  expect(await world.run.store.dueIncidents.ofNode(NODE)).toEqual([]);
});

it('reports the refusal of a purchase once if the process lives on', async () => {
  await using world = new World({ policy: onlySmall });
  world.simulator.faults.set('busy429', POST);
  await world.start();
  await world.full();
  await world.passBlocks(40);
  expect(world.incidents).toEqual(['BUSY']);
  expect(await world.run.store.dueIncidents.ofNode(NODE)).toEqual([]);
});
