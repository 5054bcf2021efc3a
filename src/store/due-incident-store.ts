import type { DueIncident } from '../domain/due-incident.ts';
import type { NodeName } from '../domain/units.ts';

/** The incidents that were written and not reported yet. The changes `incidentDue` and `incidentReported` write them. */
export interface DueIncidentStore {
  /** At most 1,000, by code and subject. One of a code that this version does not know is left out. */
  ofNode(node: NodeName): Promise<readonly DueIncident[]>;
}
