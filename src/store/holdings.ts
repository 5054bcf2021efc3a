import type { Holding } from '../domain/node.ts';
import { nodeName, parseEthereumAddress } from '../domain/units.ts';

/** What an adapter has counted, retired or not. */
export interface Holdings {
  readonly nodes: readonly { readonly name: string; readonly address: string | null }[];
  readonly liveStamps: readonly HeldCount[];
  readonly openOrders: readonly HeldCount[];
}

export interface HeldCount extends Holder {
  readonly count: number;
}

interface Holder {
  readonly node: string;
  readonly retiredAddress: string | null;
}

/** What each node holds under its present address and under earlier ones. */
export function holdingsOf({ nodes, liveStamps, openOrders }: Holdings): readonly Holding[] {
  const addresses = new Map(nodes.map(({ name, address }) => [name, address]));
  const holders = [
    ...[...addresses.keys()].map((node) => ({ node, retiredAddress: null })),
    ...liveStamps,
    ...openOrders,
  ];
  const keyOf = ({ node, retiredAddress }: Holder): string => `${node} ${retiredAddress ?? ''}`;
  const countOf = (counts: readonly HeldCount[], key: string): number =>
    counts.find((one) => keyOf(one) === key)?.count ?? 0;
  return [...new Map(holders.map((holder) => [keyOf(holder), holder]))]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { node, retiredAddress }]): Holding => {
      const address = retiredAddress ?? addresses.get(node) ?? null;
      return {
        node: nodeName(node),
        address: address === null ? null : parseEthereumAddress(address),
        retired: retiredAddress !== null,
        liveStamps: countOf(liveStamps, key),
        openOrders: countOf(openOrders, key),
      };
    });
}
