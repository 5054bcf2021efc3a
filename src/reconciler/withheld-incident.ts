import type { LiveStamp, ObservedWithheld } from '../domain/stamp.ts';
import type { IncidentReport } from '../signals/incidents.ts';

const CODES = {
  missing: 'STAMP_WITHHELD',
  lost: 'STAMP_MISSING',
  in_use: 'STAMP_IN_USE',
} as const satisfies Record<ObservedWithheld, IncidentReport['code']>;

/** What is reported of a stamp that is withheld for this reason. Pure. */
export function withheldIncident(stamp: LiveStamp, reason: ObservedWithheld): IncidentReport {
  const since = reason === 'in_use' ? '' : `, not shown as usable since block ${stamp.missingSinceBlock}`;
  const detail = `Batch ${stamp.batchId} of depth ${stamp.depth}${since}.`;
  return { code: CODES[reason], subject: stamp.batchId, detail };
}

/**
 * Absence is no news of a stamp whose time is over, which the plan ends, nor for some blocks of one that was bought just
 * now.
 */
export function isReported(stamp: LiveStamp, reason: ObservedWithheld, now: Date): boolean {
  if (reason === 'in_use') return true;
  if (stamp.state === 'propagating') return reason === 'lost';
  return stamp.expiresAt > now;
}
