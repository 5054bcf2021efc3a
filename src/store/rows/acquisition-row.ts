import type { Acquisition } from '../../domain/acquisition.ts';
import { depth, parseAcquisitionId, parseBatchId, parsePlur } from '../../domain/units.ts';
import { parseRow } from './parse-row.ts';
import type { AcquisitionRow } from './row-types.ts';

/** @throws TypeError with the row, if it is not an acquisition. */
export const acquisitionFromRow = (row: AcquisitionRow): Acquisition =>
  parseRow('acquisition', row, acquisitionOf);

const acquisitionOf = (row: AcquisitionRow): Acquisition => ({
  id: parseAcquisitionId(row.id),
  batchId: parseBatchId(row.batchId),
  acquiredAt: new Date(row.acquiredAt),
  caller: row.caller,
  clientRef: row.clientRef,
  idempotencyKey: row.idempotencyKey,
  askedDepth: depth(row.askedDepth),
  givenDepth: depth(row.givenDepth),
  cost: parsePlur(row.cost),
  ttlSeconds: row.ttlSeconds,
});

export const rowFromAcquisition = (acquisition: Acquisition, fingerprint: string): AcquisitionRow => ({
  ...acquisition,
  acquiredAt: acquisition.acquiredAt.getTime(),
  cost: acquisition.cost.toString(),
  fingerprint,
});
