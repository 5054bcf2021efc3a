import type { Incidents } from '../signals/incidents.ts';
import { BadCursorError, StoreFailedError } from '../store/store.ts';

/** Reports a failure of `work` as an incident with its cause, and throws it again. A client's mistake is not reported. */
export async function reporting<Value>(
  { incidents }: { readonly incidents: Incidents },
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadCursorError) throw error;
    const code = error instanceof StoreFailedError ? 'STORE_FAILED' : 'REQUEST_FAILED';
    const detail = error instanceof Error ? error.message : String(error);
    incidents.report({ code, subject: 'pool', detail, cause: error });
    throw error;
  }
}
