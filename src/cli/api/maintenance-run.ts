import { z } from 'zod';
import type { Api } from './api.ts';
import { ApiError } from './api-error.ts';
import { FAILURE_FIELDS, failureSchema, RUN_FIELDS, type Runs, runSchema } from './fields.ts';

/** The run of each node. @throws ApiError also if the pool is disabled, or the rate is exceeded. */
export async function runMaintenance(api: Api, dryRun: boolean): Promise<Runs> {
  const { data } = await api.request({
    document: DOCUMENT,
    variables: { input: { dryRun } },
    schema,
    timeoutMs: RUN_TIMEOUT_MS,
  });
  const result = data.runMaintenance;
  if ('runs' in result) return result.runs;
  const { code, message, suggestion } = result;
  throw new ApiError(message, { code, suggestion });
}

/** A run observes the node, which may not answer; its purchases go on after it. */
const RUN_TIMEOUT_MS = 180_000;

const DOCUMENT = `mutation ($input: RunMaintenanceInput) { runMaintenance(input: $input) {
  __typename
  ... on MaintenanceReport { runs { ${RUN_FIELDS} } }
  ${FAILURE_FIELDS}
} }`;

const schema = z.object({
  runMaintenance: z.union([z.object({ runs: z.tuple([runSchema], runSchema) }), failureSchema]),
});
