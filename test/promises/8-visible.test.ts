import { describe, expect, it } from 'vitest';
import { INCIDENTS } from '../../src/domain/incident.ts';
import { depth } from '../../src/domain/units.ts';
import { StoreFailedError } from '../../src/store/store.ts';
import { aCaller, batchId } from '../builders.ts';
import { stockOf } from '../stock-of.ts';
import { withMembers } from '../store/with-members.ts';
import { stocked } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';

const onlySmall = { targets: new Map([[depth(17), 1]]) };

describe('every fault is visible', () => {
  it('shows it in the status with code, message and times, counts it each time, and logs it once', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('down', {});
    await world.start();
    await world.passBlocks(200);
    const { errors, nodes, lastRun } = await world.run.engine.pool.status();
    const observations = world.incidents.filter((code) => code === 'NODE_UNREACHABLE').length;
    expect(observations).toBeGreaterThan(3);
    expect(errors).toEqual([
      {
        code: 'NODE_UNREACHABLE',
        subject: 'bee',
        message: expect.stringContaining(INCIDENTS.NODE_UNREACHABLE.sentence),
        firstAt: expect.any(Date),
        lastAt: expect.any(Date),
        count: observations,
      },
    ]);
    expect(world.log.filter((line) => line.startsWith('error:'))).toHaveLength(1);
    expect(nodes[0]).toMatchObject({
      reachable: false,
      fresh: false,
      staleReason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(lastRun?.actions).toMatchObject([{ do: 'hold', code: 'NODE_UNREACHABLE' }]);
  });

  it('logs a node that stays silent once an hour with a count, and the hold as well', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('down', {});
    await world.start();
    await world.passBlocks(6 * 720 + 1);
    const reports = world.log.filter((line) => line.startsWith('error:'));
    const holds = world.log.filter((line) => line.startsWith('hold (NODE_UNREACHABLE)'));
    expect(reports.length).toBeGreaterThanOrEqual(6);
    expect(reports.length).toBeLessThanOrEqual(7);
    expect(reports.at(-1)).toMatch(/\(\d+ times since 2026-06-01T00:00/);
    expect(holds.length).toBeGreaterThanOrEqual(6);
    expect(holds.length).toBeLessThanOrEqual(7);
  });

  it('logs a second failure of the database within the hour: it has worked in between', async () => {
    const outage = { is: false };
    const refuse = (): void => {
      if (outage.is) throw new StoreFailedError('the disk is full');
    };
    await using world = new World({ policy: onlySmall });
    await world.start({
      around: (store) =>
        withMembers(store, {
          nodeStock: async (...input) => {
            refuse();
            return await store.nodeStock(...input);
          },
          acquire: async (...input) => {
            refuse();
            return await store.acquire(...input);
          },
        }),
    });
    await world.full();
    const { pool } = world.run.engine;
    for (const n of [1, 2]) {
      outage.is = true;
      for (const client of ['a', 'b'])
        await expect(pool.acquire({}, aCaller(client))).rejects.toThrow('the disk is full');
      await expect(world.maintain()).rejects.toThrow('the disk is full');
      await world.passBlocks(20);
      outage.is = false;
      await pool.acquire({}, aCaller(`client ${n}`));
      await world.full();
    }
    expect(world.log.filter((line) => line.startsWith('error:'))).toEqual([
      expect.stringMatching(/the disk is full$/), // of the acquisitions
      expect.stringMatching(/the disk is full$/), // of the runs
      expect.stringMatching(/the disk is full \(\d+ times since .+\)$/),
      expect.stringMatching(/the disk is full \(\d+ times since .+\)$/),
    ]);
    expect(world.incidents.filter((code) => code === 'STORE_FAILED').length).toBeGreaterThan(4);
  });

  it('logs a second outage of the node within the hour as a hold, with its cause', async () => {
    await using world = await stocked({ 17: 1 });
    for (let n = 0; n < 2; n++) {
      world.simulator.faults.set('down', {});
      await world.maintain();
      world.simulator.faults.clear('down');
      await world.maintain();
    }
    const holds = world.log.filter((line) => line.startsWith('hold (NODE_UNREACHABLE)'));
    expect(holds).toEqual([expect.stringContaining('ECONNREFUSED'), expect.stringContaining('ECONNREFUSED')]);
  });

  it('logs each cause of a lasting incident once, and shows the last one', async () => {
    await using world = new World({ policy: onlySmall });
    const { faults } = world.simulator;
    faults.set('down', {});
    await world.start();
    await world.passBlocks(50);
    faults.clear('down');
    faults.set('rpcRefusing', {});
    await world.passBlocks(50);
    faults.clear('rpcRefusing');
    faults.set('down', {});
    await world.passBlocks(50);
    expect(world.log.filter((line) => line.startsWith('error:'))).toEqual([
      expect.stringContaining('ECONNREFUSED'),
      expect.stringContaining('block number unavailable'),
    ]);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([
      { code: 'NODE_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') },
    ]);
  });

  it('reports a stamp when it is withheld because the node does not show it, also in the hold and the levels', async () => {
    await using world = await stocked({ 17: 1 });
    const { engine } = world.run;
    world.simulator.faults.set('stampsEmpty', {});
    await world.maintain();
    await world.until('it is withheld', () => engine.levels.current.totalAvailable === 0, 30);
    await world.passBlocks(5);
    const { errors, lastRun, reserve } = await engine.pool.status();
    expect(errors).toMatchObject([{ code: 'STAMP_WITHHELD', count: 1 }]);
    expect(lastRun?.actions).toMatchObject([
      {
        do: 'hold',
        code: 'NOTHING_TO_DO',
        reason: expect.stringContaining('withheld: 1 missing of depth 17'),
      },
    ]);
    expect(reserve.depths).toMatchObject([
      { available: 0, onOrder: 1, withheld: [{ reason: 'missing', count: 1 }] },
    ]);
    await world.until('it is lost', () => world.incidents.includes('STAMP_MISSING'), 200);
    const { lastRun: buying } = await engine.pool.status();
    expect(buying?.actions).toMatchObject([
      { do: 'buy', reason: expect.stringMatching(/withheld: 1 lost$/) },
    ]);
    expect(world.incidents).toEqual(['STAMP_WITHHELD', 'STAMP_MISSING']);
  });

  it('reports withheld stamps again each hour, and after a restart', async () => {
    await using world = await stocked({ 17: 1 });
    const [stamp] = (await stockOf(world.run.store)).stamps;
    if (!stamp) throw new Error('no stock');
    world.simulator.node.setUtilization(stamp.batchId, 1);
    await world.maintain();
    expect(world.incidents).toEqual(['STAMP_IN_USE']);
    await world.passBlocks(2 * 720 + 200);
    expect(world.incidents.filter((code) => code === 'STAMP_IN_USE')).toHaveLength(3);
    await world.stop();
    world.incidents.length = 0;
    await world.start();
    await world.passBlocks(2);
    expect((await world.run.engine.pool.status()).errors).toMatchObject([{ code: 'STAMP_IN_USE' }]);
  });

  it('reports once that a stamp expired before it became usable', async () => {
    await using world = new World({ policy: { ...onlySmall, defaultDurationSeconds: 24 * 3600 } });
    await world.start();
    const listed = async () => (await stockOf(world.run.store)).stamps;
    await world.until('it is listed', async () =>
      (await listed()).some((one) => one.state === 'propagating'),
    );
    const [lost] = await listed();
    await world.stop();
    await world.passBlocks(26 * 720);
    await world.start();
    await world.passBlocks(300);
    expect((await listed()).map((one) => one.batchId)).not.toContain(lost?.batchId);
    expect(world.incidents.filter((code) => code.startsWith('STAMP_'))).toEqual(['STAMP_EXPIRED']);
  });

  it('reports that someone else diluted a stamp', async () => {
    await using world = await stocked({ 17: 1 });
    const [stamp] = (await stockOf(world.run.store)).stamps;
    if (!stamp) throw new Error('no stock');
    world.simulator.chain.diluteBatch(stamp.batchId, 18);
    await world.passBlocks(20);
    await world.maintain();
    expect((await world.run.engine.pool.status()).errors).toMatchObject([
      { code: 'STAMP_DILUTED', message: expect.stringContaining('from depth 17 to 18') },
    ]);
  });

  it('reports that a purchased batch was diluted before the pool observed it', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('reset', { method: 'POST', times: 1, stage: 'create' });
    await world.start();
    await world.until('it is mined', () => world.simulator.chain.ledger.length > 0);
    world.simulator.chain.diluteBatch(world.simulator.chain.ledger[0]?.batchId ?? '', 18);
    await world.until('it is in the pool', async () => (await stockOf(world.run.store)).stamps.length > 0);
    expect(world.incidents).toContain('STAMP_DILUTED');
  });

  it('shows in the status, and once in the log, why a batch listed in STAMP_POOL_ADOPT is not adopted', async () => {
    await using world = new World({
      policy: { ...onlySmall, adoption: { from: 'list', batchIds: new Set([batchId(1)]) } },
    });
    await world.start();
    await world.full();
    await world.passBlocks(50);
    const logged = world.log.filter((line) => line.startsWith('hold (NOT_ADOPTED)'));
    expect(logged).toEqual([
      `hold (NOT_ADOPTED): 1 of 1 batches listed in STAMP_POOL_ADOPT are not adopted: 1 not on the node (${batchId(1)})`,
    ]);
    const { lastRun } = await world.run.engine.pool.status();
    expect(lastRun?.actions).toMatchObject([{ code: 'NOTHING_TO_DO' }, { code: 'NOT_ADOPTED' }]);
  });

  it('logs once what was bought, by which transaction, and when it is available', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    await world.passBlocks(50);
    const [stamp] = (await stockOf(world.run.store)).stamps;
    expect(world.log.filter((line) => line.includes(String(stamp?.batchId)))).toEqual([
      expect.stringMatching(
        /Bee answered order [0-9a-f-]{36}: batch [0-9a-f]{64}, transaction 0x[0-9a-f]{64};/,
      ),
      expect.stringMatching(
        /order [0-9a-f-]{36} is confirmed by transaction 0x[0-9a-f]{64}: batch [0-9a-f]{64}$/,
      ),
      expect.stringMatching(/batch [0-9a-f]{64} is available, and expires at 2026-06-\d\dT[\d:.]+Z$/),
    ]);
  });

  it('logs the life of a stamp as events, from the order to the acquisition, with one order id', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.until('it is available', () => world.run.engine.levels.current.totalAvailable === 1, 300);
    await world.run.engine.pool.acquire({}, aCaller('client'));
    const about = (event: string) => world.logFields.filter((fields) => fields['event'] === event);
    const [ordered] = about('ordered');
    expect(ordered).toEqual({
      event: 'ordered',
      orderId: expect.any(String),
      kind: 'purchase',
      node: 'bee',
      depth: 17,
      batchId: null,
      amountPlur: expect.stringMatching(/^\d+$/),
      costPlur: expect.stringMatching(/^\d+$/),
      reason: 'depth 17: 0 available + 0 on order < 1',
    });
    const { orderId, costPlur } = ordered ?? {};
    const [{ batchId: bought } = {}] = about('confirmed');
    expect(about('answered')).toMatchObject([{ orderId, batchId: bought }]);
    expect(about('confirmed')).toMatchObject([{ orderId, batchId: bought }]);
    expect(about('available')).toMatchObject([{ batchId: bought }]);
    expect(about('acquired')).toMatchObject([{ orderId, batchId: bought, owner: 'client', costPlur }]);
  });

  it('reports a bug in the Bee adapter with its stack, and treats the outcome as unknown', async () => {
    const bug = new TypeError('undefined is not a function');
    let bugs = 0;
    await using world = new World({
      policy: onlySmall,
      through: (send) => async (request) => {
        const answer = await send(request); // carried out, but the answer is lost
        if (request.method === 'GET' || bugs++ > 0) return answer;
        throw bug;
      },
    });
    await world.start();
    await world.full();
    expect(world.incidents).toEqual(['ORDER_FAILED', 'PURCHASE_UNKNOWN']);
    expect(world.causes).toEqual([bug]);
    const { errors } = await world.run.engine.pool.status();
    expect(errors.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/ Its outcome is unknown\. Order [0-9a-f-]{36}: undefined is not a function$/),
    );
    const { items } = await world.run.engine.operations.orders({ first: 10, after: null, states: null });
    expect(items.map(({ item }) => item.state)).toEqual(['confirmed']);
    expect(bugs).toBe(1);
  });

  it('reports a bug in reading the node with its stack', async () => {
    const bug = new TypeError('undefined is not a function');
    await using world = new World({ policy: onlySmall, through: () => () => Promise.reject(bug) });
    await world.start();
    await world.passBlocks(10);
    expect(new Set(world.incidents)).toEqual(new Set(['RUN_FAILED']));
    expect(world.causes).toEqual([bug]);
  });

  it('reports a block time that is not that of the chain', async () => {
    await using world = new World({ policy: { ...onlySmall, blockTimeSeconds: 15 } });
    await world.start();
    await world.passBlocks(400);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toMatchObject([
      {
        code: 'BLOCK_TIME_MISMATCH',
        message: expect.stringContaining('5.0 s per block, SWARM_BLOCK_TIME_SECONDS=15'),
      },
    ]);
  });

  it.each([30 * 24, -30 * 24])(
    'reports at once a clock that is set by %i hours, and observes the node',
    async (hours) => {
      await using world = await stocked({ 17: 1 });
      await world.passBlocks(30);
      let runs = 0;
      world.run.engine.onRun(() => void runs++);
      world.clock.jump(hours * 3_600_000);
      await world.step();
      await world.step();
      expect(world.incidents).toEqual(['CLOCK_JUMPED']);
      expect(runs).toBe(1);
    },
  );

  it('observes the node if a client finds no stamp, once for many clients', async () => {
    await using world = await stocked({ 17: 1 });
    await world.passBlocks(30);
    let runs = 0;
    world.run.engine.onRun(() => void runs++);
    const { pool } = world.run.engine;
    for (let client = 0; client < 20; client++)
      await pool.acquire({ depth: 30 }, aCaller(`client ${client}`));
    await world.passBlocks(5);
    for (let client = 0; client < 20; client++)
      await pool.acquire({ depth: 30 }, aCaller(`client ${client}`));
    await world.passBlocks(2);
    expect(runs).toBe(1);
    await world.passBlocks(1);
    await pool.acquire({ depth: 30 }, aCaller('after half a minute'));
    await world.passBlocks(1);
    expect(runs).toBe(2);
  });

  it('reports that the clock was set, and uses the new time', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    world.clock.jump(-3_600_000);
    await world.maintain();
    expect(world.incidents).toEqual(['CLOCK_JUMPED']);
    const [stamp] = (await stockOf(world.run.store)).stamps;
    if (stamp?.state !== 'available') throw new Error(stamp?.state);
    expect(
      Math.round((stamp.expiresAt.getTime() - world.clock.now().getTime()) / 3_600_000),
    ).toBeLessThanOrEqual(173);
  });

  it.each([-72, 72])('publishes the same levels when the clock is set by %i hours', async (byHours) => {
    await using world = await stocked({ 17: 2 });
    const { levels } = world.run.engine;
    const published: number[] = [];
    levels.onChange(() => void published.push(levels.current.totalAvailable));
    world.simulator.faults.set('hang', { times: 1 }); // the run that moves the expiries does not end at once
    world.clock.jump(byHours * 3_600_000);
    await world.passBlocks(2);
    expect([levels.current.totalAvailable, world.incidents]).toEqual([2, ['CLOCK_JUMPED']]);
    await world.maintain();
    expect([levels.current.totalAvailable, published]).toEqual([2, []]);
  });

  it('does not wait longer because the clock was set back, after a refusal or a dry run', async () => {
    await using world = new World({ policy: onlySmall });
    world.simulator.faults.set('busy429', { times: 1 });
    await world.start();
    await world.until('it is refused', () => world.incidents.includes('BUSY'), 10);
    world.clock.jump(-3 * 3_600_000);
    await world.until('it is bought', () => world.simulator.chain.ledger.length === 1, 10);

    await world.full();
    await world.passBlocks(20); // nothing is under way: the next run is an interval away
    world.clock.jump(-3 * 3_600_000);
    await world.maintain({ dryRun: true });
    let runs = 0;
    world.run.engine.onRun(() => void runs++);
    await world.passBlocks(900 / 5 + 1);
    expect(runs).toBe(1);
  });

  it('reports when stock is expected if the pool is exhausted', async () => {
    await using world = new World({ policy: onlySmall });
    await world.start();
    await world.full();
    await world.run.engine.pool.acquire({}, aCaller('client'));
    await world.passBlocks(3);
    const result = await world.run.engine.pool.acquire({}, aCaller('another'));
    if (result.is !== 'exhausted') throw new Error(result.is);
    const waitSeconds = ((result.expectedAt?.getTime() ?? 0) - world.clock.now().getTime()) / 1000;
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThan(200);
  });
});
