import type { Command } from 'commander';
import { parseDatabase } from '../config/config.ts';
import { type Holding, type NodeRecord, onChain } from '../domain/node.ts';
import { missingFile, openStoreToRead } from '../store/open-store.ts';
import { type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
import { countOf } from './node-holdings.ts';

/** `node show`: works while the service runs, because it opens the database for reading only. */
export function nodeShow(group: Command, context: CommandContext): void {
  group
    .command('show')
    .description(
      'List the nodes: the address that owns the stock, a different address that answers now, and the stamps and orders of each.',
    )
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool node show',
        'DATABASE_URL=file:/var/lib/stamp-pool/stamp-pool.db stamp-pool node show --json',
      ),
    )
    .action(async ({ json }: { json?: boolean }) => print(await show(context), json, context));
}

async function show({ environment, now }: CommandContext): Promise<CommandResult> {
  const database = parseDatabase(environment());
  const missing = missingFile(database);
  if (missing !== null)
    return { text: `${missing} does not exist yet, so there are no nodes.`, json: { nodes: [] } };
  await using store = await openStoreToRead(database);
  const records = await store.nodes();
  const holdings = await store.holdings(now());
  const nodes = [...new Set(holdings.map(({ node }) => node))].map((name) => ({
    ...currentOf(
      name,
      records.find((record) => record.name === name),
      holdings,
    ),
    retired: holdings.filter(({ node, retired }) => node === name && retired).map(withoutNode),
  }));
  const text = nodes.length === 0 ? 'The database has no nodes yet.' : nodes.flatMap(linesOf).join('\n');
  return { text, json: { nodes } };
}

const withoutNode = ({ address, liveStamps, openOrders }: Holding) => ({ address, liveStamps, openOrders });

function currentOf(name: Holding['node'], record: NodeRecord | undefined, holdings: readonly Holding[]) {
  const current = holdings.find(({ node, retired }) => node === name && !retired);
  return {
    name,
    address: record?.address ?? null,
    pinnedAt: record?.pinnedAt ?? null,
    chainId: record?.chainId ?? null,
    changed: record?.changed ?? null,
    liveStamps: current?.liveStamps ?? 0,
    openOrders: current?.openOrders ?? 0,
  };
}

interface NodeRow extends ReturnType<typeof currentOf> {
  readonly retired: readonly ReturnType<typeof withoutNode>[];
}

function linesOf({ name, address, chainId, changed, retired, ...held }: NodeRow): readonly string[] {
  return [
    `${name}  ${address === null ? 'no address yet (recorded at the next complete and fresh observation)' : onChain(address, chainId)}  ${countOf(held)}`,
    ...(changed === null
      ? []
      : [
          `  another node has answered since ${changed.since.toISOString()}: ${onChain(changed.other, changed.otherChainId)}; no stamps are given out`,
        ]),
    ...retired.map((one) => `  retired  ${one.address}  ${countOf(one)}`),
  ];
}
