import { setImmediate } from 'node:timers/promises';
import { sizeName } from '../domain/size.ts';
import { type AvailableStamp, type Stamp, ttlSeconds } from '../domain/stamp.ts';
import type { Pool } from '../pool/pool.ts';
import type { Handler } from './handler.ts';
import { MAX_LISTED_STAMPS } from './limits.ts';
import type { AvailableStampBody } from './response-schemas.ts';

export const listAvailableStamps: Handler = async (_request, { pool, contract }) => {
  if (!pool.enabled) return contract.disabled;
  const { stamps } = await readAvailableStamps(pool);
  const body: AvailableStampBody[] = stamps.map((stamp) => availableStampBody(stamp, pool));
  return { status: 200, body };
};

/** A page takes some milliseconds. Between two of them, other requests get their turn. */
const STAMPS_PER_PAGE = 250;

/** The stamps that expire first. `isComplete`: there are no others. */
export async function readAvailableStamps(
  pool: Pool,
): Promise<{ readonly stamps: readonly AvailableStamp[]; readonly isComplete: boolean }> {
  const stamps: AvailableStamp[] = [];
  let after: string | null = null;
  for (;;) {
    const first = Math.min(STAMPS_PER_PAGE, MAX_LISTED_STAMPS - stamps.length);
    const page: Awaited<ReturnType<Pool['availableStamps']>> = await pool.availableStamps({
      first,
      after,
      depth: null,
    });
    stamps.push(...page.items.map(({ item }) => item));
    after = page.items.at(-1)?.cursor ?? null;
    const isFull = stamps.length === MAX_LISTED_STAMPS;
    if (!page.hasNextPage || isFull) return { stamps, isComplete: !page.hasNextPage };
    await setImmediate();
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
