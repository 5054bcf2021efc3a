import type { Command } from 'commander';
import { parseNodeAwaySeconds } from '../config/config.ts';
import { justAway } from '../domain/node.ts';
import { type EthereumAddress, type NodeName, nodeName, parseEthereumAddress } from '../domain/units.ts';
import { openStoreAlone } from '../store/open-store.ts';
import { argument, type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
import { existingDatabase } from './existing-database.ts';
import { assertKnownNode, countOf, heldBy, NOTHING } from './node-holdings.ts';

interface Options {
  readonly name: NodeName;
  readonly address: EthereumAddress;
  readonly json?: boolean;
}

/** `node accept`: moves a node to another Ethereum address. Refused while the service runs: it holds the lock of the database. */
export function nodeAccept(group: Command, context: CommandContext): void {
  group
    .command('accept')
    .description(
      'Move a node to another Ethereum address. Its stamps and orders are retired with the previous address; those that were retired with the new address are restored.',
    )
    .requiredOption(
      '--name <name>',
      'The name of the node, as in SWARM_BEE_API_URL. A node without a name is called "bee".',
      argument(nodeName),
    )
    .requiredOption(
      '--address <address>',
      'Its new Ethereum address: "ethereum" in GET /addresses of the node.',
      argument(parseEthereumAddress),
    )
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples('stamp-pool node accept --name bee --address 0x620482dafea63703d35b5ea85ec96500a36e4c1c'),
    )
    .action(async ({ json, ...options }: Options) => print(await accept(options, context), json, context));
}

async function accept(
  { name, address }: Pick<Options, 'name' | 'address'>,
  { environment, now }: CommandContext,
): Promise<CommandResult> {
  const env = environment();
  const nodeAwaySeconds = parseNodeAwaySeconds(env);
  await using opened = await openStoreAlone(existingDatabase(env, 'node to move'));
  const { store } = opened;
  const holdings = await store.holdings(now());
  assertKnownNode(name, holdings);
  const before = (await store.node(name))?.address ?? null;
  const hasRetired = holdings.some((one) => one.node === name && one.retired && one.address === address);
  if (before === address && !hasRetired) {
    return {
      text: `${name} already has the address ${address}. Nothing was changed.`,
      json: { name, address, before, retired: NOTHING, restored: NOTHING },
    };
  }
  const at = now();
  const observedAt = hasRetired ? justAway({ at, nodeAwaySeconds }) : null;
  await store.write([{ change: 'nodeMoved', node: name, address, observedAt }], at);
  const isMoved = before !== null && before !== address;
  const retired = isMoved ? heldBy(holdings.find((one) => one.node === name && !one.retired)) : NOTHING;
  const restored = heldBy(
    holdings.find((one) => one.node === name && one.retired && one.address === address),
  );
  const text = [
    `${name} now has the address ${address}.`,
    ...(isMoved ? [`Retired with ${before}: ${countOf(retired)}.`] : []),
    `Restored with ${address}: ${countOf(restored)}.`,
  ];
  return { text: text.join('\n'), json: { name, address, before, retired, restored } };
}
