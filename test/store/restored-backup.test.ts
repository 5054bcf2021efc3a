import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { ordersOf } from '../virtual/purchases.ts';
import { World } from '../virtual/world.ts';

/** What docs/operating.md has sqlite3 execute after a restore. */
function documentedStatements(): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
  const [, statements] = /sqlite3 \S+ "(\s*UPDATE stamps[^"]+)"/.exec(text) ?? [];
  if (statements === undefined) throw new Error('docs/operating.md has no statements for a restore');
  return statements;
}

it.each(['sent', 'abandoned'])(
  'no stamp is given out twice after a restore by docs/operating.md, if its purchase was %s in the backup',
  async (state) => {
    await using world = new World({ policy: { targets: new Map([[depth(17), 1]]) } });
    if (state === 'abandoned') {
      world.simulator.faults.set('sendUnseen', { method: 'POST', times: 1 });
      world.simulator.faults.set('txDelayed', { times: 1, blocks: 300 });
    }
    await world.start();
    await world.until('a purchase is under way', async () => (await ordersOf(world))[0]?.state === state);
    const [order] = await ordersOf(world);
    const backup = `${world.file}.backup`;
    const source = new Database(world.file, { readonly: true });
    await source.backup(backup); // as .backup of sqlite3
    source.close();

    const given: string[] = [];
    const acquire = async (client: string): Promise<void> => {
      const result = await world.run.engine.pool.acquire({}, aCaller(client));
      if (result.is === 'acquired') given.push(result.stamp.batchId);
    };
    const bought = async (): Promise<string | undefined> => {
      const now = (await ordersOf(world)).find(({ id }) => id === order?.id);
      return now?.state === 'confirmed' && now.kind === 'purchase' ? now.batchId : undefined;
    };
    await world.until(
      'the stamp of that purchase is given out',
      async () => {
        await acquire('first');
        const batchId = await bought();
        return batchId !== undefined && given.includes(batchId);
      },
      900,
    );
    const batchId = await bought();
    await world.stop(); // and the file is lost

    for (const ending of ['', '-wal', '-shm']) rmSync(`${world.file}${ending}`, { force: true });
    renameSync(backup, world.file);
    const restored = new Database(world.file);
    restored.exec(documentedStatements());
    restored.close();
    await world.start();
    for (let block = 0; block < 300; block += 1) {
      await world.passBlocks(1);
      await acquire('second');
    }
    expect(given.length).toBeGreaterThan(4);
    expect(new Set(given).size).toBe(given.length);
    const { errors } = await world.run.engine.pool.status();
    expect(errors).toContainEqual(
      expect.objectContaining({ code: 'PURCHASE_UNACCOUNTED', subject: batchId }),
    );
  },
);
