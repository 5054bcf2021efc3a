import type { NodeName } from '../domain/units.ts';
import { type BeeGateway, readBeeGateways } from './bee-gateway.ts';
import { DEFAULT_NODE_NAME, type NodeAddress } from './node-parsers.ts';
import type { SecretUrl } from './secret-url.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';
import { unknownNode } from './unknown-node.ts';

/** One Bee node, by the operator's name. */
export interface NodeConfig extends BeeGateway {
  readonly name: NodeName;
  readonly apiUrl: SecretUrl;
  /** Where clients upload; without user and password. */
  readonly publicUrl: string;
}

export interface NodesConfig {
  /** In the order of the setting. Empty only if the pool is disabled. */
  readonly nodes: readonly NodeConfig[];
  readonly drainedNodes: ReadonlySet<NodeName>;
}

/** Each mistake is collected by the reader. undefined: the names of the nodes are not known. */
export function readNodes(read: SettingsReader, enabled: boolean): NodesConfig | undefined {
  const addresses = read.optional(SETTINGS.nodes);
  const publicUrls = read.optional(SETTINGS.publicUrls);
  const drained = read.optional(SETTINGS.drainedNodes);
  if (addresses === undefined) return undefined;
  if (enabled && addresses === null)
    read.addMistake(
      SETTINGS.nodes,
      `${SETTINGS.nodes.name} is required when ${SETTINGS.enabled.name} is true`,
    );
  const names = addresses?.map(({ name }) => name) ?? [];
  const gateways = readBeeGateways(read, addresses === null ? [DEFAULT_NODE_NAME] : names);
  const urls = publicUrls && urlsByNode(read, publicUrls, names);
  for (const name of drained ?? [])
    if (!names.includes(name)) read.addMistakeInValue(SETTINGS.drainedNodes, unknownNode(name, names));
  return {
    nodes: (addresses ?? []).map((address) =>
      nodeOf(read, address, {
        ...gateways(address.name),
        publicUrl: urls?.get(address.name) ?? address.apiUrl.shown,
      }),
    ),
    drainedNodes: drained ?? new Set(),
  };
}

function nodeOf(
  read: SettingsReader,
  address: NodeAddress,
  rest: Omit<NodeConfig, keyof NodeAddress>,
): NodeConfig {
  if (address.apiUrl.hasUser && rest.headers?.reveal()['authorization'] !== undefined)
    read.addMistake(
      SETTINGS.beeHeaders,
      `${SETTINGS.beeHeaders.name} has Authorization, and ${SETTINGS.nodes.name} a user: use one of them`,
    );
  return Object.freeze({ ...address, ...rest });
}

type PublicUrls = NonNullable<ReturnType<typeof SETTINGS.publicUrls.parser.parse>>;

function urlsByNode(
  read: SettingsReader,
  given: PublicUrls,
  names: readonly NodeName[],
): ReadonlyMap<NodeName, string> {
  const urls = new Map<NodeName, string>();
  for (const { name, value } of given) {
    const [only, ...others] = names;
    const node = name ?? (others.length === 0 ? only : undefined);
    if (node === undefined) {
      if (names.length > 0) read.addMistakeInValue(SETTINGS.publicUrls, NAME_EACH);
    } else if (!names.includes(node)) read.addMistakeInValue(SETTINGS.publicUrls, unknownNode(node, names));
    else if (urls.has(node)) read.addMistakeInValue(SETTINGS.publicUrls, `${node} is named twice`);
    else urls.set(node, value);
  }
  return urls;
}

const NAME_EACH = 'there are several nodes: write name=URL for each, separated by commas';
