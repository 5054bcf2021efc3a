// Pure: a level as marks that can be counted.
import type { LevelFragment } from '../generated/operations.ts';

type Slot = 'available' | 'surplus' | 'on-order' | 'missing';

/** More than this are shown as a bar. */
const MAX_SLOTS = 40;

/** One for each stamp that there is, is on order, or is missing; null if they are too many. */
export function slotsOf({
  available,
  surplus,
  onOrder,
  target,
}: Pick<LevelFragment, 'available' | 'surplus' | 'onOrder' | 'target'>): readonly Slot[] | null {
  const missing = Math.max(0, target - available - onOrder);
  if (available + onOrder + missing > MAX_SLOTS) return null;
  return [
    ...Array<Slot>(available - surplus).fill('available'),
    ...Array<Slot>(surplus).fill('surplus'),
    ...Array<Slot>(onOrder).fill('on-order'),
    ...Array<Slot>(missing).fill('missing'),
  ];
}
