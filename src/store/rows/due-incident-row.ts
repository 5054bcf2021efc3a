import type { DueIncident } from '../../domain/due-incident.ts';
import { isIncidentCode } from '../../domain/incident.ts';

export interface DueIncidentRow {
  readonly code: string;
  readonly subject: string;
  readonly detail: string;
}

export const MAX_DUE_INCIDENTS = 1_000;

/** A list with one incident; empty if its code is of another version. */
export const dueIncidentFromRow = ({ code, subject, detail }: DueIncidentRow): readonly DueIncident[] =>
  isIncidentCode(code) ? [{ code, subject, detail }] : [];
