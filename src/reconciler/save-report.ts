import type { HoldCode } from '../domain/action.ts';
import { knownAfter } from '../domain/last-known.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { messageOf } from '../domain/message-of.ts';
import type { NodeReport } from '../domain/node-report.ts';
import type { ReportIncident } from '../signals/incidents.ts';
import type { ReconcileParts } from './reconcile-parts.ts';

/** Saves what the run leaves for the other nodes, and for the metrics. A failure is reported; what the run did stays done. */
export async function saveReport(
  { store, node, canaryChecks, settings }: ReconcileParts,
  { run, reports, blockedBy, report: reportIncident }: Reported,
): Promise<void> {
  const before = reports.find((report) => report.node === node) ?? null;
  const isOwn = before?.observed?.address === run.node.address; // else the name has moved to another address
  const report: NodeReport = {
    ...knownAfter(isOwn ? before : null, run),
    drained: run.node.drained,
    blockedBy,
    canaryFailed: canaryChecks.last(node)?.ok === false,
    settings,
  };
  try {
    await store.lastKnown.save(report);
  } catch (cause) {
    reportIncident({ code: 'STORE_FAILED', subject: node, detail: messageOf(cause), cause });
  }
}

interface Reported {
  readonly run: Pick<MaintenanceRun, 'endedAt' | 'node' | 'actions' | 'spending'>;
  /** Those of all nodes, as they were before. */
  readonly reports: readonly NodeReport[];
  readonly blockedBy: HoldCode | null;
  readonly report: ReportIncident;
}
