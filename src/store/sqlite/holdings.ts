import type { Holding } from '../../domain/node.ts';
import { nodeName, parseEthereumAddress } from '../../domain/units.ts';
import type { Statements } from './statements.ts';

/** What each node holds under its present address and under earlier ones. */
export function holdingsAt(statements: Statements, at: Date): readonly Holding[] {
  const nodes = new Map(statements.nodes.all({}).map(({ name, address }) => [name, address]));
  const stamps = statements.liveByAddress.all({ atMs: at.getTime() });
  const orders = statements.openByAddress.all({});
  const holders = [
    ...[...nodes.keys()].map((node) => ({ node, retiredAddress: null })),
    ...stamps,
    ...orders,
  ];
  const keyOf = ({ node, retiredAddress }: Holder): string => `${node} ${retiredAddress ?? ''}`;
  const countOf = (counts: readonly (Holder & { readonly count: number })[], key: string): number =>
    counts.find((one) => keyOf(one) === key)?.count ?? 0;
  return [...new Map(holders.map((holder) => [keyOf(holder), holder]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { node, retiredAddress }]): Holding => {
      const address = retiredAddress ?? nodes.get(node) ?? null;
      return {
        node: nodeName(node),
        address: address === null ? null : parseEthereumAddress(address),
        retired: retiredAddress !== null,
        liveStamps: countOf(stamps, key),
        openOrders: countOf(orders, key),
      };
    });
}

interface Holder {
  readonly node: string;
  readonly retiredAddress: string | null;
}
