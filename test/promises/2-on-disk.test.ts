import { describe, expect, it } from 'vitest';
import type { AcquireResult } from '../../src/domain/acquisition.ts';
import { aCaller } from '../builders.ts';
import { stocked } from '../virtual/stocked.ts';

const input = { size: 'small', idempotencyKey: 'order 66', clientRef: 'mine' } as const;

describe('an acquisition is on disk before the client gets the response', () => {
  it('answers a retry with the same stamp, marked as a replay', async () => {
    await using world = await stocked({ 17: 2 });
    const { pool } = world.run.engine;
    const first = await pool.acquire(input, aCaller('client'));
    const retry = await pool.acquire(input, aCaller('client'));
    if (first.is !== 'acquired') throw new Error(first.is);
    expect(retry).toEqual({ ...first, replayed: true });
  });

  it('refuses the same key for another request, and accepts it from another caller', async () => {
    await using world = await stocked({ 17: 2, 20: 1 });
    const { pool } = world.run.engine;
    await pool.acquire(input, aCaller('client'));
    expect(await pool.acquire({ ...input, size: 'medium' }, aCaller('client'))).toEqual({
      is: 'conflict',
      idempotencyKey: 'order 66',
    });
    expect(await pool.acquire(input, aCaller('another client'))).toMatchObject({
      is: 'acquired',
      replayed: false,
    });
  });

  it('answers a retry after a crash with the same stamp, at whatever step the process died', async () => {
    let answered = 0;
    let same = 0;
    let died = 0;
    // Before and after the only call to the store. Later the client has its answer, and the process dies in the next run.
    for (let crash = 1; crash <= 4; crash++) {
      await using world = await stocked({ 17: 3 });
      const { life, engine, store } = world.run;
      life.dieAt(life.steps + crash, () => void store[Symbol.asyncDispose]());
      const heard: AcquireResult[] = [];
      void engine.pool.acquire(input, aCaller('client')).then((result) => heard.push(result));
      await world.quiet();
      if (!life.dead) await world.step(); // a server's levels are counted a moment later, and then the run begins
      if (life.dead) died += 1;
      await world.kill();
      await world.start();
      const retry = await world.run.engine.pool.acquire(input, aCaller('client'));
      if (retry.is !== 'acquired') throw new Error(retry.is);
      const [first] = heard;
      if (first?.is === 'acquired') {
        answered += 1;
        same += Number(retry.stamp.batchId === first.stamp.batchId);
      }
      const { items } = await world.run.engine.operations.acquisitions({ first: 10, after: null });
      expect(items.map(({ item }) => item.batchId)).toEqual([retry.stamp.batchId]);
    }
    expect({ same, died }).toEqual({ same: answered, died: 4 });
    // On a server, its notification of the commit makes a step, too, and may arrive before the client has its answer.
    expect(answered).toBeGreaterThanOrEqual(1);
  });
});
