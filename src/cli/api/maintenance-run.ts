import { z } from 'zod';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { FAILURE_FIELDS, failureSchema, RUN_FIELDS, type Run, runSchema } from './fields.ts';

/** @throws ApiError also if the pool is disabled, or the rate is exceeded. */
export async function runMaintenance(api: Api, dryRun: boolean): Promise<Run> {
  const { data } = await api.request({
    document: DOCUMENT,
    variables: { input: { dryRun } },
    schema,
    timeoutMs: RUN_TIMEOUT_MS,
  });
  const result = data.runMaintenance;
  if ('run' in result) return result.run;
  const { code, message, suggestion } = result;
  throw new ApiError(message, { code, suggestion });
}

/** A run observes the node, which may not answer; its purchases go on after it. */
const RUN_TIMEOUT_MS = 180_000;

const DOCUMENT = `mutation ($input: RunMaintenanceInput) { runMaintenance(input: $input) {
  __typename
  ... on MaintenanceReport { run { ${RUN_FIELDS} } }
  ${FAILURE_FIELDS}
} }`;

const schema = z.object({
  runMaintenance: z.union([z.object({ run: runSchema }), failureSchema]),
});
