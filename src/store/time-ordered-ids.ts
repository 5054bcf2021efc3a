import { getRandomValues } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;

/**
 * Makes UUIDv7 that always grow, also within a millisecond and when the clock is set back. Their order is the order of
 * creation, and each goes to the end of its index. `uuid` guarantees that only for its own clock.
 *
 * `newest`: the last id of an earlier process, if there is one. The new ids are larger.
 */
export function timeOrderedIds(newest: string | null = null): (at: Date) => string {
  const pool = new Uint8Array(256 * ID_BYTES); // one system call per id would cost more than the rest
  let used = pool.length;
  let last = { msecs: newest === null ? 0 : madeAtMs(newest) + 1, seq: 0 };
  return (at) => {
    if (used === pool.length) {
      getRandomValues(pool);
      used = 0;
    }
    const random = pool.subarray(used, used + ID_BYTES);
    used += ID_BYTES;
    const msecs = at.getTime();
    last = msecs > last.msecs ? { msecs, seq: 0 } : { msecs: last.msecs, seq: last.seq + 1 };
    return v7({ ...last, random });
  };
}

/** The first 48 bits of a UUIDv7. */
const madeAtMs = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);
