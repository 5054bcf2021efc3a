import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDatabaseFile } from '../config.ts';
import type { Holding } from '../domain/node.ts';
import { type EthereumAddress, type NodeName, nodeName, parseEthereumAddress } from '../domain/units.ts';
import { openSqliteStore } from '../store/sqlite/open.ts';
import type { Store } from '../store/store.ts';
import { argument, type CommandResult, jsonOption, type Outside, print, RefusedError } from './command.ts';
import { countOf } from './holding-text.ts';

/** The lock of a service that is ending is free within this. */
const BUSY_TIMEOUT_MS = 1000;

interface Wishes {
  readonly name: NodeName;
  readonly address: EthereumAddress;
  readonly json?: boolean;
}

/** `node accept`: moves a node to another address. Refused while the service has the database open. */
export function nodeAccept(group: Command, outside: Outside): void {
  group
    .command('accept')
    .description(
      'Move a node to another Ethereum address. What it holds is retired with the address it had; what was retired with the new one comes back.',
    )
    .requiredOption(
      '--name <name>',
      'The name of the node, as in SWARM_BEE_API_URL; "bee" by default.',
      argument(nodeName),
    )
    .requiredOption(
      '--address <address>',
      'Its new Ethereum address: "ethereum" of GET /addresses.',
      argument(parseEthereumAddress),
    )
    .option(...jsonOption)
    .action(async ({ json, ...wishes }: Wishes) => print(await accept(wishes, outside), json, outside));
}

async function accept(
  { name, address }: Pick<Wishes, 'name' | 'address'>,
  { environment, now }: Outside,
): Promise<CommandResult> {
  const file = parseDatabaseFile(environment());
  if (!existsSync(file)) throw new RefusedError(`${file} does not exist: there is no node to move.`);
  await using store = await openSqliteStore({ file, busyTimeoutMs: BUSY_TIMEOUT_MS });
  const holdings = await store.holdings(now());
  assertKnown(name, holdings);
  const before = (await store.node(name))?.address ?? null;
  if (before === address) {
    return {
      text: `${name} is ${address} already. Nothing was changed.`,
      json: { name, address, before, retired: NOTHING, restored: NOTHING },
    };
  }
  await move(store, { name, address, at: now() });
  const retired = before === null ? NOTHING : held(holdings.find((one) => one.node === name && !one.retired));
  const restored = held(holdings.find((one) => one.node === name && one.retired && one.address === address));
  const text = [
    `${name} is now ${address}.`,
    ...(before === null ? [] : [`Retired with ${before}: ${countOf(retired)}.`]),
    `Brought back with ${address}: ${countOf(restored)}.`,
  ];
  return { text: text.join('\n'), json: { name, address, before, retired, restored } };
}

const NOTHING = { liveStamps: 0, openOrders: 0 };

const held = (holding: Holding | undefined): typeof NOTHING =>
  holding ? { liveStamps: holding.liveStamps, openOrders: holding.openOrders } : NOTHING;

const move = (
  store: Store,
  { name, address, at }: { readonly name: NodeName; readonly address: EthereumAddress; readonly at: Date },
): Promise<void> => store.write([{ change: 'nodeMoved', node: name, address }], at);

function assertKnown(name: NodeName, holdings: readonly Holding[]): void {
  if (holdings.some(({ node }) => node === name)) return;
  const names = [...new Set(holdings.map(({ node }) => node))];
  throw new RefusedError(
    names.length === 0
      ? 'The database holds nothing of any node yet: the first observation pins the node by itself.'
      : `There is no node "${name}" in the database. It has: ${names.join(', ')}.`,
  );
}
