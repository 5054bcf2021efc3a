import type { Clock } from '../clock.ts';
import { messageOf } from '../domain/message-of.ts';
import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import { OutcomeUnknownError, type Store } from '../store/store.ts';

/**
 * Moves the expiries on disk with a wall clock that was set. A file that was replaced meanwhile has them moved: this process
 * still reads that file, and would move them twice if it took that for a failure.
 */
export async function moveExpiries(
  byMs: number,
  { store, clock, incidents, node }: MoveParts,
): Promise<void> {
  try {
    await store.write([{ change: 'clockSet', byMs }], clock.now());
  } catch (cause) {
    if (!(cause instanceof OutcomeUnknownError)) throw cause;
    incidents.report({ code: 'STORE_FAILED', subject: node, detail: messageOf(cause), cause });
  }
}

interface MoveParts {
  readonly store: Pick<Store, 'write'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly incidents: Pick<Incidents, 'report'>;
  readonly node: NodeName;
}
