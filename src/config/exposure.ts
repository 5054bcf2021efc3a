import type { Exposure } from '../domain/access-settings.ts';
import { complete } from './complete.ts';
import { isLoopbackHost } from './loopback.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';

/** undefined after a mistake, which the reader has collected. */
export function readExposure(read: SettingsReader): Exposure | undefined {
  return complete({
    maxDocumentBytes: read.value(SETTINGS.maxDocumentBytes),
    maxConnections: read.value(SETTINGS.maxConnections),
    maxConnectionsPerAddress: read.value(SETTINGS.maxConnectionsPerAddress),
    allowedHosts: readAllowedHosts(read),
    corsOrigins: new Set(read.optional(SETTINGS.corsOrigins) ?? []),
    trustedProxies: read.optional(SETTINGS.trustedProxies) ?? [],
    graphiql: readGraphiql(read),
  });
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

function readAllowedHosts(read: SettingsReader): ReadonlySet<string> | null | undefined {
  const host = read.value(SETTINGS.host);
  const listed = read.optional(SETTINGS.allowedHosts);
  if (host === undefined || listed === undefined) return undefined;
  if (isLoopbackHost(host)) return new Set([...LOOPBACK_NAMES, inUrl(host), ...(listed ?? [])]);
  return listed && new Set(listed);
}

/** An IPv6 address has brackets in a URL, and so in Host. */
const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host).toLowerCase();

function readGraphiql(read: SettingsReader): boolean | undefined {
  const choice = read.value(SETTINGS.graphiql);
  return choice === 'auto' ? read.optional(SETTINGS.nodeEnv) !== 'production' : choice && choice === 'on';
}

/** Every name is accepted: a page of another site could reach the service under a name of its own. */
export const warnOfExposure = ({ allowedHosts }: Pick<Exposure, 'allowedHosts'>): readonly string[] =>
  allowedHosts === null
    ? [
        `${SETTINGS.host.name} is not a loopback address and ${SETTINGS.allowedHosts.name} is not set: requests for every host name are accepted`,
      ]
    : [];
