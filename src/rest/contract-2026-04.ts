import type { Action } from '../domain/action.ts';
import type { RunTotals } from '../domain/maintenance-run.ts';
import { sizeName } from '../domain/size.ts';
import { ttlSeconds } from '../domain/stamp.ts';
import { type Contract, sharedCheckBody } from './contract.ts';
import { type CheckWithTopUpsBody, checkWithTopUpsSchema, poolExhaustedSchema } from './response-schemas.ts';

/** The contract of the gateway since April 2026. Its SDK reads only the status, so an exhausted pool is a 409. */
export const contract2026April: Contract = {
  name: '2026-04',
  disabled: {
    status: 404,
    body: {
      detail:
        'Stamp pool feature is not enabled on this gateway. Use POST /api/v1/stamps/ to purchase stamps directly.',
    },
  },
  exhausted: (askedDepth) => ({
    status: 409,
    body: {
      code: 'POOL_EXHAUSTED',
      detail: {
        message: `No stamp available for depth ${askedDepth} (size: ${sizeName(askedDepth)}). Pool is exhausted.`,
        suggestion: 'Purchase a stamp directly via POST /api/v1/stamps/',
      },
    },
  }),
  exhaustedSchema: { status: 409, schema: poolExhaustedSchema },
  checkBody: (run): CheckWithTopUpsBody => ({ ...sharedCheckBody(run), topup_debug: topUpDebug(run) }),
  checkSchema: checkWithTopUpsSchema,
};

/** The top-ups and holds of a maintenance run; null if there are none. */
function topUpDebug(run: RunTotals): Record<string, unknown>[] | null {
  const entries = run.actions.flatMap((action) => debugEntries(action, run.startedAt));
  return entries.length > 0 ? entries : null;
}

function debugEntries(action: Action, at: Date): Record<string, unknown>[] {
  if (action.do === 'topUp') {
    const ttl = ttlSeconds(action.before, at);
    const hours = Math.round(ttl / 360) / 10;
    const stamp = action.batchId.slice(0, 16);
    return [{ stamp, ttl_seconds: ttl, ttl_hours: hours, needs_topup: true, result: action.reason }];
  }
  if (action.do !== 'hold' || action.code === 'NOTHING_TO_DO') return [];
  return [{ depth: action.depth, code: action.code, result: `skipped: ${action.reason}` }];
}
