import { describe, expect, it } from 'vitest';
import { INCIDENTS } from '../../../src/domain/incident.ts';
import { depth } from '../../../src/domain/units.ts';
import type { FaultSettings } from '../../../src/simulator/faults.ts';
import type { SimulatorOptions } from '../../../src/simulator/simulator.ts';
import { World } from '../../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };

/** A pool whose first purchase is under way, with a transaction that the network has dropped. */
async function withDropped(settings: FaultSettings = {}, simulator: SimulatorOptions = {}): Promise<World> {
  const world = new World({ policy: onlySmall, simulator });
  world.simulator.faults.set('txDropped', { times: 1, ...settings });
  await world.start();
  const { chain, faults } = world.simulator;
  const isDropped = (): boolean => chain.mempool.size === 0 && !faults.list().some(({ active }) => active);
  await world.until('it is dropped', isDropped, 10);
  return world;
}

async function operator(
  world: World,
  method: string,
  path: string,
): Promise<{ status: number; body: string }> {
  const answered = world.simulator.handle({ method, path });
  let isAnswered = false;
  void answered.finally(() => {
    isAnswered = true;
  });
  await world.until('the operator is answered', () => isAnswered);
  return await answered;
}

async function listed(world: World): Promise<readonly string[]> {
  const { body } = await world.simulator.handle({ method: 'GET', path: '/transactions' });
  const { pendingTransactions }: { pendingTransactions: readonly { transactionHash: string }[] } =
    JSON.parse(body);
  return pendingTransactions.map(({ transactionHash }) => transactionHash);
}

async function cancel(world: World): Promise<void> {
  const [hash] = await listed(world);
  expect((await operator(world, 'DELETE', `/transactions/${hash}`)).status).toBe(200);
}

const reported = (world: World): number =>
  world.incidents.filter((code) => code === 'TRANSACTION_STUCK').length;

const purchases = (world: World): number =>
  world.simulator.chain.ledger.filter(({ kind }) => kind === 'create').length;

describe('a transaction that the network has dropped', () => {
  it('is reported after 120 blocks with a suggestion, and blocks further purchases', async () => {
    await using world = await withDropped();
    await world.until('it is reported', () => reported(world) > 0, 130);
    await world.passBlocks(150);
    const { lastRun, errors } = await world.run.engine.pool.status();
    expect(lastRun?.actions).toMatchObject([{ do: 'hold', code: 'NOTHING_TO_DO' }]);
    expect(errors.map(({ code }) => code)).toContain('TRANSACTION_STUCK');
    expect(INCIDENTS.TRANSACTION_STUCK.suggestion).toContain('DELETE /transactions/{hash}');
    expect(world.simulator.chain.ledger).toEqual([]);
  });

  it.each([
    { stage: 'create', after: 5, simulator: {} },
    { stage: 'approve', after: 5, simulator: {} },
    { stage: 'create', after: 200, simulator: {} },
    { stage: 'create', after: 20, simulator: { version: '2.8.0', chequebook: false } },
  ] as const)(
    'no longer blocks when its cancellation is mined, $stage after $after blocks, $simulator',
    async ({ stage, after, simulator }) => {
      await using world = await withDropped({ stage }, simulator);
      await world.passBlocks(after);
      await cancel(world);
      await world.passBlocks(3);
      const before = reported(world);
      expect(await listed(world)).toHaveLength(1);
      await world.full(150);
      expect(reported(world)).toBe(before);
      expect(purchases(world)).toBe(1);
      expect(await listed(world)).toEqual([]);
    },
  );

  it('no longer blocks, also if the request was aborted', async () => {
    await using world = await withDropped();
    await world.kill();
    await world.start();
    await world.passBlocks(10);
    await cancel(world);
    await world.full(150);
    expect(reported(world)).toBe(0);
    expect(purchases(world)).toBe(1);
  });

  it('no longer blocks after a restart, if its cancellation was seen mined before', async () => {
    await using world = await withDropped();
    await world.passBlocks(5);
    await cancel(world);
    await world.passBlocks(3);
    await world.kill();
    await world.start();
    await world.full(150);
    expect(reported(world)).toBe(0);
    expect(purchases(world)).toBe(1);
  });

  it('is cleared by a transaction that costs only gas, if its cancellation was not observed', async () => {
    await using world = await withDropped();
    const { chain, wallet } = world.simulator;
    const batchId = chain.createForeignBatch({ owner: wallet, amount: 10n ** 9n, depth: 20 });
    await world.kill();
    await world.passBlocks(5);
    await cancel(world);
    await world.passBlocks(5);
    await world.start();
    await world.until('it is reported', () => reported(world) > 0, 150);
    expect(await listed(world)).toHaveLength(1);
    const before = chain.balance(wallet).bzzPlur;
    expect((await operator(world, 'PATCH', `/stamps/topup/${batchId}/0`)).status).toBe(202);
    expect(chain.balance(wallet).bzzPlur).toBe(before);
    await world.full(200);
    expect(purchases(world)).toBe(2); // the foreign batch is one of them
  });

  it('blocks while it may be mined: a slow purchase is made once', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('txDelayed', { times: 1, blocks: 250 });
    world.simulator.faults.set('reset', { times: 1, stage: 'create' });
    await world.start();
    await world.full(350);
    await world.passBlocks(200);
    expect(purchases(world)).toBe(1);
  });
});
