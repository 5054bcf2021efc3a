import { expect, test } from 'vitest';
import { nodeName } from '../../src/domain/units.ts';
import { CanaryChecks } from '../../src/signals/canary-checks.ts';
import { aStamp, batchId, NODE, T0 } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';

const OTHER = nodeName('other');

test('of the same depth, stamps of a node whose canary fails are given out last', async () => {
  const canaryChecks = new CanaryChecks();
  await using server = await restServer({
    nodes: [NODE, OTHER],
    stamps: [aStamp({ n: 1, ttlHours: 20 }), aStamp({ n: 2, node: OTHER }), aStamp({ n: 3, ttlHours: 30 })],
    canaryChecks,
  });
  const given = async (): Promise<unknown> => (await server.acquire({})).json();
  canaryChecks.record(NODE, { ok: false, checkedAt: T0, message: 'the upload failed' });
  expect(await given()).toMatchObject({ batch_id: batchId(2), node: { name: 'other' } });
  canaryChecks.record(NODE, { ok: true, checkedAt: T0, message: 'it works' });
  expect(await given()).toMatchObject({ batch_id: batchId(1), node: { url: 'http://bee.example' } });
  canaryChecks.record(NODE, { ok: false, checkedAt: T0, message: 'the upload failed' });
  expect(await given(), 'there is no other').toMatchObject({ batch_id: batchId(3) });
});
