import { messageOf } from '../domain/message-of.ts';
import type { Incidents } from '../signals/incidents.ts';
import { failureCode } from '../store/failure-code.ts';
import { BadCursorError } from '../store/store.ts';

/** Reports a failure of `work` as an incident with its cause, and throws it again. A client's mistake is not reported. */
export async function reporting<Value>(
  { incidents }: { readonly incidents: Incidents },
  work: () => Promise<Value>,
): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BadCursorError) throw error;
    const code = failureCode(error, 'REQUEST_FAILED');
    incidents.report({ code, subject: 'pool', detail: messageOf(error), cause: error });
    throw error;
  }
}
