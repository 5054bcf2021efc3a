import { getRandomValues } from 'node:crypto';
import { v7 } from 'uuid';

const ID_BYTES = 16;

/**
 * UUIDv7 that always grow, also within a millisecond and when the clock is set back: the order of the ids is the order
 * in which they were made, and each goes to the end of its index. `uuid` promises that only for its own clock.
 *
 * `newest`: the last one of an earlier run, if there is one. What is made now is larger.
 */
export function timeOrderedIds(newest: string | null = null): (at: Date) => string {
  const chance = new Uint8Array(256 * ID_BYTES); // asking the system for it each time would cost more than the rest
  let used = chance.length;
  let last = { msecs: newest === null ? 0 : madeAtMs(newest) + 1, seq: 0 };
  return (at) => {
    if (used === chance.length) {
      getRandomValues(chance);
      used = 0;
    }
    const random = chance.subarray(used, used + ID_BYTES);
    used += ID_BYTES;
    const msecs = at.getTime();
    last = msecs > last.msecs ? { msecs, seq: 0 } : { msecs: last.msecs, seq: last.seq + 1 };
    return v7({ ...last, random });
  };
}

/** The first 48 bits of a UUIDv7. */
const madeAtMs = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16);
