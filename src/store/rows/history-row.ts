import { depth } from '../../domain/units.ts';
import type { HistoryRange, HistoryRow } from '../history-store.ts';
import { parseRow } from './parse-row.ts';

/** A row of the history as both databases have it. */
export type StoredHistoryRow = Omit<HistoryRow, 'at' | 'depth'> & {
  readonly at: number;
  readonly depth: number;
};

/** @throws TypeError with the row, if it cannot be parsed. */
export const historyFromRow = (row: StoredHistoryRow): HistoryRow => parseRow('history row', row, historyOf);

const historyOf = (row: StoredHistoryRow): HistoryRow => ({
  ...row,
  at: new Date(row.at),
  depth: depth(row.depth),
});

export const rowFromHistory = (row: HistoryRow): StoredHistoryRow => ({ ...row, at: row.at.getTime() });

/** A range as statements take it. */
export type RangeValues = {
  readonly stepSeconds: number;
  readonly fromMs: number;
  readonly toMs: number;
};

export const valuesOfRange = ({ stepSeconds, from, to }: HistoryRange): RangeValues => ({
  stepSeconds,
  fromMs: from.getTime(),
  toMs: to.getTime(),
});
