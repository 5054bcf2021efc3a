import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { NODE_INCIDENTS } from '../../src/domain/node-incidents.ts';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { spentBy } from '../promises/another-node.ts';
import { World } from '../virtual/world.ts';

/** What docs/operating.md has sqlite3 or psql execute if the chain on record was never that of the node. */
function documentedStatement(): string {
  const text = readFileSync(join(import.meta.dirname, '../../docs/operating.md'), 'utf8');
  const [, section = ''] = /^### To another chain\n([\s\S]+?)^##/m.exec(text) ?? [];
  return /"(UPDATE nodes [^"]+)"/.exec(section)?.[1] ?? '';
}

it('stock is given out again if its node was recorded with a wrong chain, and the operator removes that', async () => {
  await using world = new World({ policy: { targets: new Map([[depth(17), 2]]) } });
  const wallet = { bzzBalance: '1000000000000000000', nativeTokenBalance: '1000000000000000000', chainID: 5 };
  world.simulator.faults.set('nonJson', { path: '/wallet', body: JSON.stringify(wallet) }); // a gateway answers
  await world.start();
  await world.full();
  world.simulator.faults.clear('nonJson');
  await world.maintain();
  expect(world.incidents).toContain('NODE_CHANGED');
  expect(NODE_INCIDENTS.NODE_CHANGED.suggestion).toContain('“To another chain”');
  await world.stop();

  const file = new Database(world.file);
  file.exec(documentedStatement());
  file.close();

  await world.start();
  await world.passBlocks(30);
  expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({ is: 'acquired' });
  expect(spentBy(world.simulator)).toBe(2);
});
