import type { AnonymousTier, JwtIssuer } from '../domain/access-settings.ts';
import { complete } from './complete.ts';
import { isLoopbackHost } from './loopback.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';

/** Who may send requests, and how many. */
export interface AccessConfig {
  /** Has an effect only while there has never been a token and no issuer is set. */
  readonly allowAnonymous: boolean;
  /** null if the operator has no issuer of JWTs. */
  readonly jwt: JwtIssuer | null;
  /** null if it is off. */
  readonly anonymousTier: AnonymousTier | null;
  /** Of an owner whose token has no rate of its own, and of an address without a token. */
  readonly requestsPerSecond: number;
}

export function readAccess(read: SettingsReader): AccessConfig | undefined {
  return complete({
    allowAnonymous: read.value(SETTINGS.allowAnonymous),
    jwt: readJwt(read),
    anonymousTier: readAnonymousTier(read),
    requestsPerSecond: read.value(SETTINGS.ratePerOwner),
  });
}

/** null if it is off. */
function readAnonymousTier(read: SettingsReader): AnonymousTier | null | undefined {
  const tier = complete({
    dailyStamps: read.value(SETTINGS.anonymousDailyLimit),
    dailyStampsPerAddress: read.optional(SETTINGS.anonymousDailyLimitPerAddress),
    depths: read.value(SETTINGS.anonymousSizes),
  });
  return tier?.dailyStamps === 0 ? null : tier;
}

/** All three settings, or none: with two of them, tokens of any issuer or for any audience would be accepted. */
function readJwt(read: SettingsReader): JwtIssuer | null | undefined {
  const issuer = read.optional(SETTINGS.jwtIssuer);
  const audience = read.optional(SETTINGS.jwtAudience);
  const jwksUrl = read.optional(SETTINGS.jwksUrl);
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) return undefined;
  if (issuer && audience && jwksUrl) return { issuer, audience, jwksUrl };
  const settings = [SETTINGS.jwtIssuer, SETTINGS.jwtAudience, SETTINGS.jwksUrl];
  const missing = settings.filter((setting) => !read.isSet(setting));
  if (missing.length === settings.length) return null;
  for (const setting of missing) {
    const others = settings.filter((other) => other !== setting).map(({ name }) => name);
    read.addMistake(setting, `${setting.name} is required with ${others.join(' and ')}`);
  }
  return undefined;
}

/** Why the service must not listen on a host that other machines reach; null if it may. */
export const exposureMistake = (host: string): string | null =>
  isLoopbackHost(host)
    ? null
    : `${SETTINGS.host.name}="${host}": other machines could reach the service, and without a token everyone who reaches it could acquire all stamps. Create a token (npm run -s stamp-pool -- token create --name <name> --scope acquire), or let everyone in with ${SETTINGS.allowAnonymous.name}=true`;
