import type { Command } from 'commander';
import { parseNodeNames } from '../config/config.ts';
import { type NodeName, nodeName } from '../domain/units.ts';
import { openStoreAlone } from '../store/open-store.ts';
import { argument, type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
import { confirm, yesOption } from './confirm.ts';
import { existingDatabase } from './existing-database.ts';
import { assertKnownNode, countOf, heldBy } from './node-holdings.ts';

interface Options {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `node retire`: gives a node up. Refused while the service runs: it holds the lock of the database. */
export function nodeRetire(group: Command, context: CommandContext): void {
  group
    .command('retire')
    .description(
      'Give up a node that is gone for good. Its stamps and open orders are retired: they are neither given out nor counted, and the pool buys in their place. On a terminal the command asks first.',
    )
    .argument('<name>', 'The name of the node, as in SWARM_BEE_API_URL.', argument(nodeName))
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('stamp-pool node retire a', 'stamp-pool node retire a --yes --json'))
    .action(async (name: NodeName, { json, yes }: Options) =>
      print(await retire(name, { ...context, ask: yes ? null : context.ask }), json, context),
    );
}

async function retire(
  name: NodeName,
  { environment, now, ask, err }: CommandContext,
): Promise<CommandResult> {
  const env = environment();
  await using opened = await openStoreAlone(existingDatabase(env, 'node to retire'));
  const { store } = opened;
  const holdings = await store.holdings(now());
  assertKnownNode(name, holdings);
  const present = holdings.find(({ node, retired }) => node === name && !retired);
  const retired = heldBy(present);
  const address = present?.address ?? null;
  if (parseNodeNames(env).includes(name))
    err(
      `SWARM_BEE_API_URL still names ${name}: a service that starts with it observes the node again, and buys for it.`,
    );
  const question = `Retire ${name} with ${countOf(retired)}? They are not given out any more.`;
  if (ask !== null) await confirm(ask, { question, refusal: 'Nothing was retired.' });
  await store.write([{ change: 'nodeRetired', node: name }], now());
  const undo =
    address === null ? [] : [`To restore it: stamp-pool node accept --name ${name} --address ${address}`];
  return {
    text: [`${name} is retired: ${countOf(retired)}.`, ...undo].join('\n'),
    json: { name, address, retired },
  };
}
