import { expect, it } from 'vitest';
import { aStamp, batchId } from '../builders.ts';
import { restServer } from './rest-server.ts';

const LISTED = 2_000;

it('lists the stamps that expire first, and counts all of them, if there are many', async () => {
  const stamps = Array.from({ length: LISTED + 30 }, (_, n) =>
    aStamp({ n, depth: n % 53 === 0 ? 20 : 17, ttlHours: 20 + n }),
  );
  const medium = stamps.filter(({ depth }) => depth === 20).length;
  await using server = await restServer({ stamps });
  const status = await (await fetch(`${server.url}/api/v1/pool/status`)).json();
  expect(status).toMatchObject({
    current_levels: { '17': stamps.length - medium, '20': medium },
    total_stamps: stamps.length,
  });
  const listed = stamps.slice(0, LISTED);
  expect(status.available_stamps).toEqual({
    '17': listed.filter(({ depth }) => depth === 17).map((stamp) => stamp.batchId),
    '20': listed.filter(({ depth }) => depth === 20).map((stamp) => stamp.batchId),
  });
  const available = await (await fetch(`${server.url}/api/v1/pool/available`)).json();
  expect(available).toHaveLength(LISTED);
  expect(available[0]).toMatchObject({ batch_id: batchId(0) });
});
