import { setImmediate } from 'node:timers/promises';
import type { LiveStamp } from '../domain/stamp.ts';
import type { StampPage } from '../store/store.ts';

/** The stamps of one slice. A slice takes some milliseconds; between two slices, requests get their turn. */
export const SLICE_SIZE = 100;

/** The stamps of a store, slice by slice. Stamps that leave it meanwhile may be missing. */
export async function* stampSlices(
  read: (page: StampPage) => Promise<readonly LiveStamp[]>,
): AsyncGenerator<readonly LiveStamp[]> {
  let after: StampPage['after'] = null;
  for (;;) {
    const stamps: readonly LiveStamp[] = await read({ after, limit: SLICE_SIZE });
    const last = stamps.at(-1);
    if (last === undefined) return;
    yield stamps;
    if (stamps.length < SLICE_SIZE) return;
    after = last.batchId;
    await setImmediate();
  }
}

/** Any items, slice by slice. */
export async function* slicesOf<Item>(items: Iterable<Item>): AsyncGenerator<readonly Item[]> {
  let slice: Item[] = [];
  for (const item of items) {
    if (slice.length === SLICE_SIZE) {
      yield slice;
      slice = [];
      await setImmediate();
    }
    slice.push(item);
  }
  if (slice.length > 0) yield slice;
}
