import { INCIDENTS, type IncidentCode } from '../../domain/incident.ts';
import type { Severity } from '../../domain/incident-kind.ts';
import type { Finding } from '../findings.ts';

/** What the doctor examines, in the order of its report. */
export const AREAS = ['settings', 'store', 'bee', 'service', 'pool', 'proxies'] as const;
export type Area = (typeof AREAS)[number];

/** One thing that was examined: as it should be, or a finding with what to do about it. */
export interface Result {
  readonly area: Area;
  readonly severity: 'ok' | Severity;
  readonly code: string;
  readonly message: string;
  /** null if there is nothing to do. */
  readonly suggestion: string | null;
}

export const fine = (area: Area, code: string, message: string): Result => ({
  area,
  severity: 'ok',
  code,
  message,
  suggestion: null,
});

export const found = (area: Area, finding: Finding): Result => ({ area, ...finding });

/** Something that stops the pool, under the code of its incident and with the suggestion of that. */
export const stopped = (area: Area, code: IncidentCode, detail: string): Result => ({
  area,
  severity: 'error',
  code,
  message: `${INCIDENTS[code].sentence} ${detail}`,
  suggestion: INCIDENTS[code].suggestion,
});
