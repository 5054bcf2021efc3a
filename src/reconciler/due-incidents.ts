import type { Change } from '../domain/change.ts';
import type { DueIncident } from '../domain/due-incident.ts';
import type { NodeName } from '../domain/units.ts';
import type { IncidentReport, ReportIncident } from '../signals/incidents.ts';
import { isLasting } from './lasting-incidents.ts';
import type { ReconcileParts } from './reconcile-parts.ts';
import { writeChanges } from './write-changes.ts';

/**
 * The changes that write incidents beside the changes they follow from, so that a process that ends right after the commit
 * leaves them to the next run. A condition that lasts needs none: it is read from the disk in each run. Pure.
 */
export const dueChanges = (node: NodeName, incidents: readonly IncidentReport[]): readonly Change[] =>
  incidents.flatMap((incident): readonly Change[] =>
    isLasting(incident.code) ? [] : [{ change: 'incidentDue', node, incident: dueOf(incident) }],
  );

/** After these incidents were reported. Pure. */
export const reportedChanges = (
  node: NodeName,
  incidents: readonly Pick<IncidentReport, 'code' | 'subject'>[],
): readonly Change[] =>
  incidents.flatMap(({ code, subject }): readonly Change[] =>
    isLasting(code) ? [] : [{ change: 'incidentReported', node, incident: { code, subject } }],
  );

/** Reports what an earlier process has written and could not report. */
export async function reportDue(parts: ReconcileParts, report: ReportIncident): Promise<void> {
  const { store, node, clock } = parts;
  const due = await store.dueIncidents.ofNode(node);
  for (const incident of due) report(incident);
  await writeChanges(reportedChanges(node, due), clock.now(), parts);
}

const dueOf = ({ code, subject, detail = '' }: IncidentReport): DueIncident => ({ code, subject, detail });
