import type { IncidentCode } from '../domain/incident.ts';
import { StoreFailedError } from './store.ts';

/** The code of the incident for what failed: a failed database has one code, whatever needed it. */
export const failureCode = <Code extends IncidentCode>(
  cause: unknown,
  otherwise: Code,
): Code | 'STORE_FAILED' => (cause instanceof StoreFailedError ? 'STORE_FAILED' : otherwise);
