import { plur, wei } from '../../domain/units.ts';
import type { Node, Run } from '../api/fields.ts';
import type { PoolStatus } from '../api/pool-status.ts';
import type { NodeFacts, NodeFault, TargetCost } from './node-facts.ts';

/** The nodes as runs have just observed them, or else as the status shows them. */
export function nodesSeenBy(status: PoolStatus, observed: readonly Run[]): readonly NodeFacts[] {
  const isObserved = ({ name }: Node): boolean => observed.some(({ node }) => node.name === name);
  const nodes = [...observed.map(({ node }) => node), ...status.nodes.filter((node) => !isObserved(node))];
  const targets = targetsOf(status);
  const codesOf = ({ name }: Node): readonly string[] =>
    [...observed, ...status.lastRuns]
      .find(({ node }) => node.name === name)
      ?.actions.flatMap(({ code }) => code ?? []) ?? [];
  return nodes.map((node) => factsOf(node, { targets, codes: codesOf(node) }));
}

function factsOf(
  node: Node,
  { targets, codes }: { readonly targets: NodeFacts['targets']; readonly codes: readonly string[] },
): NodeFacts {
  const { name, seenAddress, version, block, lagBlocks, price, wallet, fresh, staleReason } = node;
  return {
    name,
    fault: fresh ? null : { code: faultIn(codes, node), reason: staleReason ?? 'for an unknown reason' },
    seenAddress,
    version,
    block,
    lagBlocks,
    price: price === null ? null : BigInt(price),
    wallet: wallet && { bzz: plur(BigInt(wallet.plur)), xdai: wei(BigInt(wallet.wei)) },
    targets,
  };
}

const FAULTS: readonly NodeFault[] = [
  'NODE_CHANGED',
  'CHAIN_DISABLED',
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_INVALID_RESPONSE',
  'NODE_BEHIND',
  'OBSERVATION_OLD',
];

/** The hold of the run that observed it names the cause. */
const faultIn = (codes: readonly string[], { reachable }: Node): NodeFault =>
  FAULTS.find((fault) => codes.includes(fault)) ?? (reachable ? 'NODE_BEHIND' : 'NODE_UNREACHABLE');

/** A stamp costs twice as much with each depth, so the cost of the full reserve gives the cost of each. */
function targetsOf({ fullReserveCost, depths }: PoolStatus): readonly TargetCost[] | null {
  if (fullReserveCost === null) return null;
  const wanted = depths.filter(({ target }) => target > 0);
  const chunks = wanted.reduce((sum, { depth, target }) => sum + (BigInt(target) << BigInt(depth)), 0n);
  if (chunks === 0n) return [];
  return wanted.map(({ depth, target }) => ({
    depth,
    count: target,
    cost: (BigInt(fullReserveCost) << BigInt(depth)) / chunks,
  }));
}
