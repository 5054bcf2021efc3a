import type { Incident } from '../domain/incident.ts';
import type { NodeView } from '../domain/maintenance-run.ts';
import { nodeOfSubject } from '../domain/node-of-subject.ts';
import { redacted } from '../domain/redact.ts';
import type { Depth } from '../domain/units.ts';
import { readAvailableStamps } from './available-stamps.ts';
import type { Handler } from './handler.ts';
import type { PoolStatusBody } from './response-schemas.ts';

/** Levels and batch ids come from one list, so that they agree, unless it is cut. A caller that may not acquire gets the levels only. */
export const getPoolStatus: Handler<PoolStatusBody> = async ({ caller }, { pool }) => {
  const [status, { stamps, isComplete }] = await Promise.all([pool.status(), readAvailableStamps(pool)]);
  const batchIds = new Map<Depth, string[]>();
  for (const { depth, batchId } of stamps) {
    const ofDepth = batchIds.get(depth) ?? [];
    ofDepth.push(batchId);
    batchIds.set(depth, ofDepth);
  }
  const levels = isComplete
    ? [...batchIds].map(([depth, { length }]) => [depth, length] as const)
    : status.reserve.depths.flatMap(({ depth, available }) =>
        available > 0 ? [[depth, available] as const] : [],
      );
  const targets = status.reserve.depths.filter(({ target }) => target > 0);
  return {
    status: 200,
    body: {
      enabled: status.enabled,
      reserve_config: Object.fromEntries(targets.map(({ depth, target }) => [depth, target])),
      current_levels: Object.fromEntries(levels),
      available_stamps: Object.fromEntries(
        [...batchIds].map(([depth, ids]) => [depth, caller.scopes.has('acquire') ? ids : []]),
      ),
      total_stamps: levels.reduce((sum, [, count]) => sum + count, 0),
      low_reserve_warning: status.reserve.low,
      last_check: status.lastRunAt?.toISOString() ?? null,
      next_check: status.nextRunAt?.toISOString() ?? null,
      errors: status.errors.map((incident) => redacted(textOf(incident, status.nodes), caller)),
    },
  };
};

/** The contract has texts only. With several nodes, they begin with the node that they are about. */
function textOf(incident: Incident, nodes: readonly Pick<NodeView, 'name'>[]): string {
  const names = nodes.map(({ name }) => name);
  const node = names.length > 1 ? nodeOfSubject(incident, names) : null;
  return node === null ? incident.message : `${node}: ${incident.message}`;
}
