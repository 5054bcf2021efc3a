import type { PoolStatus } from '../api/pool-status.ts';
import { fine, found, type Result } from './result.ts';

/** Where several replicas share the database: whether one of them makes the runs of each node. */
export function examineReplicas({
  replica,
  nodes,
}: {
  readonly replica: PoolStatus['replica'];
  readonly nodes: readonly Pick<PoolStatus['nodes'][number], 'name' | 'holder'>[];
}): readonly Result[] {
  if (replica === null) return [];
  return nodes.map(({ name, holder }) => {
    if (holder === null) return withoutHolder(name);
    const answers = holder === replica ? ', which answers here' : `; ${replica} answers here`;
    return fine('pool', 'HOLDER', `The runs of node ${name} are made by the replica ${holder}${answers}.`);
  });
}

const withoutHolder = (name: string): Result =>
  found('pool', {
    severity: 'warning',
    code: 'NO_HOLDER',
    message: `No replica makes the runs of node ${name} at the moment, so nothing is bought there.`,
    suggestion: 'Wait 30 s. If it lasts, read the logs of the replicas.',
  });
