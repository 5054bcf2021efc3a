import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDatabaseFile } from '../config.ts';
import type { Holding, NodeRecord } from '../domain/node.ts';
import { openSqliteStoreToRead } from '../store/sqlite/open-to-read.ts';
import { type CommandResult, jsonOption, type Outside, print } from './command.ts';
import { countOf } from './holding-text.ts';

/** `node show`: reads beside a running service. */
export function nodeShow(group: Command, outside: Outside): void {
  group
    .command('show')
    .description('List the nodes: the address that owns the stock, another one seen, and what each holds.')
    .option(...jsonOption)
    .action(async ({ json }: { json?: boolean }) => print(await show(outside), json, outside));
}

async function show({ environment, now }: Outside): Promise<CommandResult> {
  const file = parseDatabaseFile(environment());
  if (!existsSync(file))
    return { text: `${file} does not exist yet: there is no node.`, json: { nodes: [] } };
  await using store = openSqliteStoreToRead(file);
  const records = await store.nodes();
  const holdings = await store.holdings(now());
  const nodes = [...new Set(holdings.map(({ node }) => node))].map((name) => ({
    ...presentOf(
      name,
      records.find((record) => record.name === name),
      holdings,
    ),
    retired: holdings.filter(({ node, retired }) => node === name && retired).map(withoutNode),
  }));
  const text = nodes.length === 0 ? 'There is no node yet.' : nodes.flatMap(linesOf).join('\n');
  return { text, json: { nodes } };
}

const withoutNode = ({ address, liveStamps, openOrders }: Holding) => ({ address, liveStamps, openOrders });

function presentOf(name: Holding['node'], record: NodeRecord | undefined, holdings: readonly Holding[]) {
  const present = holdings.find(({ node, retired }) => node === name && !retired);
  return {
    name,
    address: record?.address ?? null,
    pinnedAt: record?.pinnedAt ?? null,
    changed: record?.changed ?? null,
    liveStamps: present?.liveStamps ?? 0,
    openOrders: present?.openOrders ?? 0,
  };
}

interface Shown extends ReturnType<typeof presentOf> {
  readonly retired: readonly ReturnType<typeof withoutNode>[];
}

function linesOf({ name, address, changed, retired, ...held }: Shown): readonly string[] {
  return [
    `${name}  ${address ?? 'no address yet: the next complete observation pins it'}  ${countOf(held)}`,
    ...(changed === null
      ? []
      : [
          `  another node answers since ${changed.since.toISOString()}: ${changed.other}; nothing is given out`,
        ]),
    ...retired.map((one) => `  retired  ${one.address}  ${countOf(one)}`),
  ];
}
