import type { IncidentReport } from '../signals/incidents.ts';

/** A smaller change of the wall clock is not reported. */
const JUMP_MS = 60_000;

/** The incident for a wall clock that was set; null if the change is too small to report. Pure. */
export const clockJumped = (byMs: number): IncidentReport | null =>
  Math.abs(byMs) < JUMP_MS
    ? null
    : { code: 'CLOCK_JUMPED', subject: 'clock', detail: `By ${Math.round(byMs / 1000)} s.` };
