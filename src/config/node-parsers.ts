import { z } from 'zod';
import { type NodeName, nodeName } from '../domain/units.ts';
import {
  hasAtAfterHost,
  isDecodable,
  NOT_HTTP_WITH_USER,
  notHttp,
  parseHttpUrl,
  RESERVED_IN_USER,
} from './http-url.ts';
import { quoted, SecretUrl, withoutTrailingSlashes } from './secret-url.ts';

export interface NodeAddress {
  readonly name: NodeName;
  readonly apiUrl: SecretUrl;
}

/** A value for one node; `name` is null if the text names none. */
export interface ForNode<Value> {
  readonly name: NodeName | null;
  readonly value: Value;
}

/** The name is stored with each stamp, so it must not depend on the URL. */
export const DEFAULT_NODE_NAME = nodeName('bee');
/** Each node has a loop of its own. More are a mistake. */
const MAX_NODES = 32;
const MAX_NAME_LENGTH = 64;

/** "http://bee:1633", "main=http://bee:1633", or several of the latter, separated by commas. */
export const nodesText = z.string().transform((given, context): readonly NodeAddress[] => {
  const parts = partsOf(given);
  if (parts.length > 1 && parts.some(({ name }) => name === null)) {
    context.addIssue(
      `several nodes are each name=URL${given.includes('@') ? '; a "," in the user or password is written %2C' : ''}`,
    );
    return z.NEVER;
  }
  if (parts.length > MAX_NODES) context.addIssue(`there are ${parts.length} nodes, more than ${MAX_NODES}`);
  const nodes = parts.flatMap(({ name, value }, at): readonly NodeAddress[] => {
    const url = parseHttpUrl(value);
    const mistakes = [
      ...mistakesInName(name, given),
      ...(url ? mistakesInNodeUrl(url) : [given.includes('@') ? NOT_HTTP_WITH_USER : notHttp(value)]),
    ];
    for (const mistake of mistakes) context.addIssue(atNode(at, parts.length, mistake));
    if (mistakes.length > 0 || !url) return [];
    return [{ name: name === null ? DEFAULT_NODE_NAME : nodeName(name), apiUrl: new SecretUrl(url.href) }];
  });
  for (const mistake of repeatedIn(nodes)) context.addIssue(mistake);
  return context.issues.length > 0 ? z.NEVER : nodes;
});

/** One URL, or name=URL separated by commas. Clients receive it, so it must not contain a password. */
export const publicUrlsText = z.string().transform((given, context): readonly ForNode<string>[] => {
  const [first] = partsOf(given);
  const parts = first?.name == null ? [{ name: null, value: given }] : partsOf(given);
  const urls = parts.flatMap(({ name, value }, at): readonly ForNode<string>[] => {
    const url = parseHttpUrl(value);
    const mistakes = [
      ...mistakesInName(name, given),
      ...(url ? mistakesInPublicUrl(url) : [given.includes('@') ? NOT_HTTP_WITH_USER : notHttp(value)]),
    ];
    for (const mistake of mistakes) context.addIssue(atNode(at, parts.length, mistake));
    if (mistakes.length > 0 || !url) return [];
    return [{ name: name === null ? null : nodeName(name), value: withoutTrailingSlashes(url) }];
  });
  return context.issues.length > 0 ? z.NEVER : urls;
});

/** "a,b". */
export const nodeNamesText = z.string().transform((given, context): ReadonlySet<NodeName> => {
  const names = given.split(',').map((part) => part.trim());
  const mistakes = names.flatMap((name) => mistakesInName(name, given));
  for (const mistake of mistakes) context.addIssue(mistake);
  return mistakes.length > 0 ? z.NEVER : new Set(names.map(nodeName));
});

interface Part {
  readonly name: string | null;
  readonly value: string;
}

/** A name has no ":" and no "/", so that a "=" in a URL does not end one. */
export const partsOf = (given: string): readonly Part[] =>
  given.split(',').map((part): Part => {
    const [, name = null, value = part] = /^\s*([^=/:]*)=(.*)$/s.exec(part) ?? [];
    return { name, value: value.trim() };
  });

const atNode = (index: number, count: number, mistake: string): string =>
  count === 1 ? mistake : `node ${index + 1}: ${mistake}`;

/** A part of a text with an "@" may be the end of a password: it is not quoted. */
function mistakesInName(name: string | null, given: string): readonly string[] {
  if (name === null) return [];
  const shown = given.includes('@') ? 'the name' : quoted(name);
  if (!/^[\w.-]+$/.test(name)) return [`${shown} is not a name of letters, digits, "-", "_" and "."`];
  return name.length > MAX_NAME_LENGTH ? [`the name is longer than ${MAX_NAME_LENGTH} characters`] : [];
}

function mistakesInNodeUrl(url: URL): readonly string[] {
  if (hasAtAfterHost(url)) return [RESERVED_IN_USER];
  if (url.search || url.hash) return ['a node has no query and no fragment: the URL ends before "?" and "#"'];
  return isDecodable(url.username + url.password) ? [] : ['a "%" in the user or password is written %25'];
}

function mistakesInPublicUrl(url: URL): readonly string[] {
  if (url.username || url.password)
    return ['clients receive this URL: it must not contain a user or password'];
  return hasAtAfterHost(url) ? [RESERVED_IN_USER] : [];
}

/** Two names for one node would be two loops that spend from one wallet. */
function repeatedIn(nodes: readonly NodeAddress[]): readonly string[] {
  const isRepeated = (keyOf: (node: NodeAddress) => string): boolean =>
    new Set(nodes.map(keyOf)).size < nodes.length;
  return [
    ...(isRepeated(({ name }) => name) ? ['two nodes have the same name'] : []),
    ...(isRepeated(({ apiUrl }) => apiUrl.shown) ? ['two nodes have the same URL'] : []),
  ];
}
