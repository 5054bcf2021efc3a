import { sizeName } from '../domain/size.ts';
import { type AvailableStamp, type Stamp, ttlSeconds } from '../domain/stamp.ts';
import type { Pool } from '../pool/pool.ts';
import type { Handler } from './handler.ts';
import type { AvailableStampBody } from './response-schemas.ts';

export const listAvailableStamps: Handler<AvailableStampBody[]> = async (_request, { pool }) => {
  const stamps = await readAvailableStamps(pool);
  return { status: 200, body: stamps.map((stamp) => availableStampBody(stamp, pool)) };
};

const STAMPS_PER_PAGE = 500;

/** All of them: the gateway's routes have no pages. */
export async function readAvailableStamps(pool: Pool): Promise<readonly AvailableStamp[]> {
  const stamps: AvailableStamp[] = [];
  let after: string | null = null;
  for (;;) {
    const page: Awaited<ReturnType<Pool['availableStamps']>> = await pool.availableStamps({
      first: STAMPS_PER_PAGE,
      after,
      depth: null,
    });
    for (const { item, cursor } of page.items) {
      stamps.push(item);
      after = cursor;
    }
    if (!page.hasNextPage) return stamps;
  }
}

const availableStampBody = (stamp: AvailableStamp, pool: Pool): AvailableStampBody => ({
  batch_id: stamp.batchId,
  depth: stamp.depth,
  size_name: sizeName(stamp.depth),
  created_at: stamp.availableAt.toISOString(),
  ttl_at_creation: stamp.ttlAtCreationSeconds,
  expires_at: stamp.expiresAt.toISOString(),
  ttl_seconds: ttlSeconds(stamp, pool.now()),
  node: nodeBody(stamp, pool),
});

export function nodeBody(stamp: Stamp, pool: Pool): AvailableStampBody['node'] {
  const { node, publicUrl } = pool.useOf(stamp);
  return { name: node, url: publicUrl };
}
