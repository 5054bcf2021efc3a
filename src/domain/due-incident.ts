import type { IncidentCode } from './incident.ts';

/** An incident that follows from a commit, and is written with it: a process that ends before it reports it leaves it to the next run. */
export interface DueIncident {
  readonly code: IncidentCode;
  /** The node, batch, order or depth that it is about. With the code, it identifies the incident among those of a node. */
  readonly subject: string;
  readonly detail: string;
}
