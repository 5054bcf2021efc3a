import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { LastKnownStore } from '../store/last-known-store.ts';

/** After a run of another process: reports it if that one decides by other settings. Its settings count for the node. */
export async function compareSettings(
  node: NodeName,
  { lastKnown, settings, incidents }: CompareParts,
): Promise<void> {
  try {
    const report = await lastKnown.read(node);
    if (report === null || report.settings === settings || report.settings === UNKNOWN) return;
    incidents.remind({ code: 'SETTINGS_DIFFER', subject: node, detail: `Node ${node}.` });
  } catch (cause) {
    incidents.remind({ code: 'STORE_FAILED', subject: node, detail: String(cause), cause });
  }
}

/** Of a run by a version that did not record them. */
const UNKNOWN = '';

interface CompareParts {
  readonly lastKnown: Pick<LastKnownStore, 'read'>;
  /** Of this process: see NodeReport. */
  readonly settings: string;
  readonly incidents: Pick<Incidents, 'remind'>;
}
