import { parsePlur } from '../../domain/units.ts';
import type { ShownTopUp } from '../store.ts';

/** A confirmed top-up. */
export interface ShownTopUpRow {
  readonly amount: string;
  readonly atBlock: number;
}

export const shownTopUpFromRow = ({ amount, atBlock }: ShownTopUpRow): ShownTopUp => ({
  amount: parsePlur(amount),
  atBlock,
});
