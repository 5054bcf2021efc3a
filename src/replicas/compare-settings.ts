import { messageOf } from '../domain/message-of.ts';
import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { LastKnownStore } from '../store/last-known-store.ts';
import type { ReplicaStore } from '../store/replica-store.ts';

/** After a run of another process: reports, here and to that process, that it decides by other settings. They count for the node. */
export async function compareSettings(
  node: NodeName,
  { lastKnown, settings, incidents, replicas }: CompareParts,
): Promise<void> {
  try {
    const report = await lastKnown.read(node);
    if (report === null || report.settings === settings || report.settings === UNKNOWN) return;
    const detail = `Node ${node}: another process makes its runs, with settings that differ from those of this process.`;
    incidents.remind({ code: 'SETTINGS_DIFFER', subject: node, detail });
    await replicas.reportSettings(node);
  } catch (cause) {
    incidents.remind({ code: 'STORE_FAILED', subject: node, detail: messageOf(cause), cause });
  }
}

/** Of a run by a version that did not record them. */
const UNKNOWN = '';

interface CompareParts {
  readonly lastKnown: Pick<LastKnownStore, 'read'>;
  /** Of this process: see NodeReport. */
  readonly settings: string;
  readonly incidents: Pick<Incidents, 'remind'>;
  readonly replicas: Pick<ReplicaStore, 'reportSettings'>;
}
