import { z } from 'zod';
import type { Api, ApiResult } from './api.ts';
import {
  date,
  INCIDENT_FIELDS,
  incidentSchema,
  LEVEL_FIELDS,
  levelSchema,
  NODE_FIELDS,
  nodeSchema,
  RUN_FIELDS,
  runSchema,
} from './fields.ts';

/** The whole status. Without the scope maintain, wallets and spending are null. */
export async function readPoolStatus(api: Api): Promise<ApiResult<PoolStatus>> {
  const { data, deniedScopes } = await api.request({ document: DOCUMENT, schema });
  return { data: data.poolStatus, deniedScopes };
}

const DOCUMENT = `{ poolStatus {
  at enabled totalAvailable lowReserve lastRunAt nextRunAt fundsRunwayDays replica
  fullReserveCost fullReserveCostBzz nextReplenishmentCostBzz spentLastDayBzz dailyLimitBzz
  depths { ${LEVEL_FIELDS} }
  nodes { ${NODE_FIELDS} holder }
  lastRun { ${RUN_FIELDS} }
  lastRuns { ${RUN_FIELDS} }
  errors { ${INCIDENT_FIELDS} }
} }`;

const statusSchema = z.object({
  at: date,
  enabled: z.boolean(),
  totalAvailable: z.int(),
  lowReserve: z.boolean(),
  lastRunAt: date.nullable(),
  nextRunAt: date.nullable(),
  fundsRunwayDays: z.number().nullable(),
  /** null if the database has one process only, and without the scope maintain. */
  replica: z.string().nullable(),
  fullReserveCost: z.string().nullable(),
  fullReserveCostBzz: z.string().nullable(),
  nextReplenishmentCostBzz: z.string().nullable(),
  spentLastDayBzz: z.string().nullable(),
  dailyLimitBzz: z.string().nullable(),
  depths: z.array(levelSchema),
  nodes: z.array(nodeSchema.extend({ holder: z.string().nullable() })),
  lastRun: runSchema.nullable(),
  lastRuns: z.array(runSchema),
  errors: z.array(incidentSchema),
});
const schema = z.object({ poolStatus: statusSchema });

export type PoolStatus = z.infer<typeof statusSchema>;
