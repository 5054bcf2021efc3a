import { v7 } from 'uuid';

/**
 * UUIDv7 that always grow, also within a millisecond and when the clock is set back: the order of the ids is the order
 * in which they were made, and each goes to the end of its index. `uuid` promises that only for its own clock.
 */
export function timeOrderedIds(): (at: Date) => string {
  let last = { msecs: 0, seq: 0 };
  return (at) => {
    const msecs = at.getTime();
    last = msecs > last.msecs ? { msecs, seq: 0 } : { msecs: last.msecs, seq: last.seq + 1 };
    return v7(last);
  };
}
