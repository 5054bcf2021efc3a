import type { z } from 'zod';
import { databaseText } from './database.ts';
import * as exposureParsers from './exposure-parsers.ts';
import { LIMIT_SETTINGS } from './limit-settings.ts';
import { NODE_SETTINGS } from './node-settings.ts';
import * as parsers from './parsers.ts';
import { REPORTING_SETTINGS } from './reporting-settings.ts';
import { WEBHOOK_SETTINGS } from './webhook-settings.ts';

export interface Setting<Value> {
  /** The environment variable. */
  readonly name: string;
  readonly parser: z.ZodType<Value, string>;
  /** As an operator would write it; null if the setting is optional. */
  readonly default: string | null;
  /** One line, for the README and --help. */
  readonly meaning: string;
  /** A mistake does not repeat its value. */
  readonly secret?: true;
}

/** Every setting, in the order of the README. parseConfig, --help, the README and the warnings derive from this table. */
export const SETTINGS = {
  enabled: {
    name: 'STAMP_POOL_ENABLED',
    parser: parsers.booleanText,
    default: 'false',
    meaning: 'Enables the pool. A disabled pool serves its status and calls no Bee node.',
  },
  ...NODE_SETTINGS,
  reserveSmall: {
    name: 'STAMP_POOL_RESERVE_SMALL',
    parser: parsers.countText,
    default: '1',
    meaning: 'Target number of stamps of depth 17.',
  },
  reserveMedium: {
    name: 'STAMP_POOL_RESERVE_MEDIUM',
    parser: parsers.countText,
    default: '1',
    meaning: 'Target number of stamps of depth 20.',
  },
  reserveLarge: {
    name: 'STAMP_POOL_RESERVE_LARGE',
    parser: parsers.countText,
    default: '0',
    meaning: 'Target number of stamps of depth 22.',
  },
  reserve: {
    name: 'STAMP_POOL_RESERVE',
    parser: parsers.reserveText,
    default: null,
    meaning:
      'Targets for any depths, as depth:count separated by commas, such as "17:4,20:2,24:1". Replaces the three settings above.',
  },
  lowReserveThreshold: {
    name: 'STAMP_POOL_LOW_RESERVE_THRESHOLD',
    parser: parsers.countText,
    default: '1',
    meaning: 'A depth below its target is reported as low when it has this many stamps or fewer.',
  },
  immediateReplenish: {
    name: 'STAMP_POOL_IMMEDIATE_REPLENISH',
    parser: parsers.booleanText,
    default: 'true',
    meaning: 'Starts a maintenance run right after an acquisition, instead of at the next interval.',
  },
  runIntervalSeconds: {
    name: 'STAMP_POOL_CHECK_INTERVAL_SECONDS',
    parser: parsers.intervalText,
    default: '900',
    meaning:
      'Seconds between maintenance runs. While an order is open, the node is observed about once per block.',
  },
  defaultDurationSeconds: {
    name: 'STAMP_POOL_DEFAULT_DURATION_HOURS',
    parser: parsers.positiveHoursText,
    default: '168',
    meaning:
      'How many hours a new stamp is bought for. One hour is added for the time until it is usable, and 0 to 2.5 % at random, so that stamps expire at different times.',
  },
  minTtlSeconds: {
    name: 'STAMP_POOL_MIN_TTL_HOURS',
    parser: parsers.hoursText,
    default: '24',
    meaning: 'A stamp is topped up when fewer hours than this are left.',
  },
  topUpSeconds: {
    name: 'STAMP_POOL_TOPUP_HOURS',
    parser: parsers.positiveHoursText,
    default: '168',
    meaning: 'How many hours a top-up adds.',
  },
  acquireMinTtlSeconds: {
    name: 'STAMP_POOL_ACQUIRE_MIN_TTL_HOURS',
    parser: parsers.hoursText,
    default: '12',
    meaning: 'The time to live that an acquired stamp has at least, in hours.',
  },
  adoption: {
    name: 'STAMP_POOL_ADOPT',
    parser: parsers.adoptionText,
    default: 'off',
    meaning:
      'Which batches that the pool did not buy it adopts: off; any; or file:<path> of a JSON list of batch ids, such as the Python gateway’s pool_state.json.',
  },
  immutable: {
    name: 'STAMP_POOL_IMMUTABLE',
    parser: parsers.booleanText,
    default: 'true',
    meaning: 'Whether new stamps are immutable batches.',
  },
  maxSpendPerDay: {
    name: 'STAMP_POOL_MAX_SPEND_BZZ_PER_DAY',
    parser: parsers.bzzText,
    default: null,
    meaning:
      'Daily spending limit in BZZ. Unset: ten times the most that a full reserve can cost at the current price, or less if the wallet is small.',
  },
  maxOrder: {
    name: 'STAMP_POOL_MAX_ORDER_BZZ',
    parser: parsers.bzzText,
    default: null,
    meaning: 'Limit in BZZ for a single purchase or top-up.',
  },
  maxPrice: {
    name: 'STAMP_POOL_MAX_PRICE_PLUR',
    parser: parsers.priceText,
    default: null,
    meaning: 'Highest price to buy at, in PLUR per chunk and block.',
  },
  walletFloorBzz: {
    name: 'STAMP_POOL_WALLET_FLOOR_BZZ',
    parser: parsers.bzzText,
    default: '0',
    meaning: 'BZZ that purchases must leave in the wallet of the node.',
  },
  walletFloorXdai: {
    name: 'STAMP_POOL_WALLET_FLOOR_XDAI',
    parser: parsers.xdaiText,
    default: '0.01',
    meaning: 'xDAI that must stay in the wallet of the node, for transaction fees.',
  },
  blockTimeSeconds: {
    name: 'SWARM_BLOCK_TIME_SECONDS',
    parser: parsers.blockTimeText,
    default: '5',
    meaning: 'Block time of the chain. Durations and costs are computed from it.',
  },
  restContract: {
    name: 'STAMP_POOL_REST_CONTRACT',
    parser: parsers.restContractText,
    default: '2026-01',
    meaning: 'Status codes of the REST API: 2026-01, or 2026-04, which @datafund/swarm-provenance needs.',
  },
  allowAnonymous: {
    name: 'STAMP_POOL_ALLOW_ANONYMOUS',
    parser: parsers.booleanText,
    default: 'false',
    meaning:
      'Whether HOST may be an address that other machines reach while there has never been a token. Everyone who reaches it may then do everything.',
  },
  anonymousDailyLimit: {
    name: 'STAMP_POOL_ANONYMOUS_DAILY_LIMIT',
    parser: parsers.countText,
    default: '0',
    meaning:
      'Stamps that clients without a token may acquire per UTC day, all together. 0: they may acquire none once there is a token.',
  },
  anonymousDailyLimitPerAddress: {
    name: 'STAMP_POOL_ANONYMOUS_DAILY_LIMIT_PER_ADDRESS',
    parser: parsers.countText,
    default: null,
    meaning: 'Stamps that one address, or IPv6 network of 64 bits, may acquire without a token per UTC day.',
  },
  anonymousSizes: {
    name: 'STAMP_POOL_ANONYMOUS_SIZES',
    parser: parsers.sizesText,
    default: 'small',
    meaning: 'The sizes or depths of stamps that clients without a token may be given, separated by commas.',
  },
  ...LIMIT_SETTINGS,
  canarySeconds: {
    name: 'STAMP_POOL_CANARY_MINUTES',
    parser: parsers.minutesText,
    default: '0',
    meaning:
      'How many minutes pass between two test uploads to each node, with a stamp of depth 17 that is bought for them: the canary. 0: no canary.',
  },
  ...WEBHOOK_SETTINGS,
  jwtIssuer: {
    name: 'STAMP_POOL_JWT_ISSUER',
    parser: parsers.issuerText,
    default: null,
    meaning: 'The issuer (iss) whose JWTs are accepted. Requires the next two settings.',
  },
  jwtAudience: {
    name: 'STAMP_POOL_JWT_AUDIENCE',
    parser: parsers.issuerText,
    default: null,
    meaning: 'The audience (aud) that they must name.',
  },
  jwksUrl: {
    name: 'STAMP_POOL_JWKS_URL',
    parser: parsers.jwksUrlText,
    default: null,
    meaning: 'Where the issuer publishes its keys: an https URL, or http on this machine.',
  },
  database: {
    name: 'DATABASE_URL',
    parser: databaseText,
    default: 'file:data/stamp-pool.db',
    meaning:
      'The SQLite file, as file:<path>, percent-encoded as in a URL; or postgres://<user>:<password>@<host>/<database>, which several replicas may share.',
  },
  host: {
    name: 'HOST',
    parser: parsers.hostText,
    default: '127.0.0.1',
    meaning: 'Address to listen on.',
  },
  port: {
    name: 'PORT',
    parser: parsers.portText,
    default: '8000',
    meaning: 'Port to listen on; 0 picks a free one.',
  },
  graphiql: {
    name: 'STAMP_POOL_GRAPHIQL',
    parser: exposureParsers.graphiqlText,
    default: 'auto',
    meaning:
      'Whether browsers get GraphiQL at /graphql: on, off, or auto, which is off when NODE_ENV is production.',
  },
  nodeEnv: {
    name: 'NODE_ENV',
    parser: exposureParsers.nodeEnvText,
    default: null,
    meaning: 'production switches GraphiQL off, unless STAMP_POOL_GRAPHIQL is on.',
  },
  allowedHosts: {
    name: 'STAMP_POOL_ALLOWED_HOSTS',
    parser: exposureParsers.hostNamesText,
    default: null,
    meaning:
      'Host names under which clients reach the service, without ports, separated by commas. With a loopback HOST, the loopback names are always accepted; with any other HOST, unset accepts every name.',
  },
  corsOrigins: {
    name: 'STAMP_POOL_CORS_ORIGINS',
    parser: exposureParsers.originsText,
    default: null,
    meaning:
      'Origins of other sites whose pages may call the service, such as https://app.example, separated by commas.',
  },
  trustedProxies: {
    name: 'TRUST_PROXY',
    parser: exposureParsers.proxiesText,
    default: null,
    meaning:
      'Addresses or CIDRs of the proxies whose X-Forwarded-For is believed, separated by commas. Unset: no proxy.',
  },
  maxConnections: {
    name: 'STAMP_POOL_MAX_CONNECTIONS',
    parser: exposureParsers.connectionsText,
    default: '10000',
    meaning: 'Connections in all. Beyond it, the address with the most connections loses its oldest.',
  },
  maxConnectionsPerAddress: {
    name: 'STAMP_POOL_MAX_CONNECTIONS_PER_ADDRESS',
    parser: exposureParsers.connectionsText,
    default: '200',
    meaning:
      'Connections of one client address, or IPv6 network of 64 bits. Behind a trusted proxy: its requests and WebSockets in flight.',
  },
  ...REPORTING_SETTINGS,
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

export const SETTING_NAMES: readonly SettingName[] = Object.values(SETTINGS).map(({ name }) => name);

export type SettingName = (typeof SETTINGS)[keyof typeof SETTINGS]['name'];
