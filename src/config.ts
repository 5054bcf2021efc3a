import type { z } from 'zod';
import { parseAdoption, type ReadText } from './config/adoption.ts';
import type { SecretUrl } from './config/secret-url.ts';
import { SETTINGS, type SettingName } from './config/settings.ts';
import { readTextFile } from './config/text-file.ts';
import { warnOfUnknownNames } from './config/unknown-names.ts';
import * as values from './config/values.ts';
import type { Adoption, Policy } from './domain/policy.ts';
import type { Depth, NodeName } from './domain/units.ts';

/** What the operator set, with the defaults filled in. */
export interface Config {
  readonly enabled: boolean;
  readonly policy: Policy;
  /** null only when the pool is disabled. */
  readonly node: NodeConfig | null;
  readonly restContract: values.RestContractName;
  /** A path, relative to the working directory or absolute. */
  readonly databaseFile: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  readonly logLevel: values.LogLevel;
  /** What is probably not meant so, in the operator's words. */
  readonly warnings: readonly string[];
}

interface NodeConfig {
  readonly name: NodeName;
  readonly apiUrl: SecretUrl;
  /** Where clients upload; carries no password. */
  readonly publicUrl: string;
}

/** Everything that is wrong with the settings, one sentence each, in the operator's words. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'));
    this.mistakes = mistakes;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the environment, and the file of STAMP_POOL_ADOPT. @throws ConfigError with all mistakes at once. */
export function parseConfig(env: Environment, readText: ReadText = readTextFile): Config {
  const read = new Reader(env);
  const enabled = read.withDefault('STAMP_POOL_ENABLED', values.booleanText);
  const node = readNode(read, enabled ?? false);
  const parts = {
    enabled,
    node,
    policy: readPolicy(read, readText),
    restContract: read.withDefault('STAMP_POOL_REST_CONTRACT', values.restContractText),
    databaseFile: read.withDefault('DATABASE_URL', values.databaseText),
    host: read.withDefault('HOST', values.hostText),
    port: read.withDefault('PORT', values.portText),
    logLevel: read.withDefault('LOG_LEVEL', values.logLevelText),
  };
  if (read.mistakes.length > 0 || !isWhole(parts)) throw new ConfigError(read.mistakes);
  return Object.freeze({
    ...parts,
    warnings: [...warnOfUnknownNames(Object.keys(env)), ...warnOf(parts.policy, read)],
  });
}

/** For a command that needs no other setting. @throws ConfigError */
export function parseDatabaseFile(env: Environment): string {
  const read = new Reader(env);
  const file = read.withDefault('DATABASE_URL', values.databaseText);
  if (file === undefined) throw new ConfigError(read.mistakes);
  return file;
}

function readNode(read: Reader, enabled: boolean): NodeConfig | null {
  const address = read.optional('SWARM_BEE_API_URL', values.nodeText);
  const publicUrl = read.optional('SWARM_BEE_PUBLIC_URL', values.publicUrlText);
  if (address) return Object.freeze({ ...address, publicUrl: publicUrl ?? address.apiUrl.shown });
  if (enabled && !read.isSet('SWARM_BEE_API_URL'))
    read.mistake('SWARM_BEE_API_URL is required when STAMP_POOL_ENABLED is true');
  return null;
}

function readPolicy(read: Reader, readText: ReadText): Policy | undefined {
  const promise = read.withDefault('STAMP_POOL_ACQUIRE_MIN_TTL_HOURS', values.hoursText);
  const minTtl = read.withDefault('STAMP_POOL_MIN_TTL_HOURS', values.hoursText);
  const duration = read.withDefault('STAMP_POOL_DEFAULT_DURATION_HOURS', values.someHoursText);
  if (promise !== undefined && duration !== undefined && duration <= promise) {
    read.mistake(
      `STAMP_POOL_DEFAULT_DURATION_HOURS (${duration / 3600}) must be more than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS (${promise / 3600}): what is bought could not be given out`,
    );
  }
  const policy = {
    targets: readTargets(read),
    acquireMinTtlSeconds: promise,
    minTtlSeconds: Math.max(minTtl ?? 0, promise ?? 0),
    topUpSeconds: read.withDefault('STAMP_POOL_TOPUP_HOURS', values.someHoursText),
    defaultDurationSeconds: duration,
    lowReserveThreshold: read.withDefault('STAMP_POOL_LOW_RESERVE_THRESHOLD', values.countText),
    immediateReplenish: read.withDefault('STAMP_POOL_IMMEDIATE_REPLENISH', values.booleanText),
    adoption: readAdoption(read, readText),
    immutable: read.withDefault('STAMP_POOL_IMMUTABLE', values.booleanText),
    checkIntervalSeconds: read.withDefault('STAMP_POOL_CHECK_INTERVAL_SECONDS', values.intervalText),
    blockTimeSeconds: read.withDefault('SWARM_BLOCK_TIME_SECONDS', values.blockTimeText),
    maxSpendPerDay: read.optional('STAMP_POOL_MAX_SPEND_BZZ_PER_DAY', values.bzzText),
    maxOrder: read.optional('STAMP_POOL_MAX_ORDER_BZZ', values.bzzText),
    maxPrice: read.optional('STAMP_POOL_MAX_PRICE_PLUR', values.priceText),
    walletFloorBzz: read.withDefault('STAMP_POOL_WALLET_FLOOR_BZZ', values.bzzText),
    walletFloorXdai: read.withDefault('STAMP_POOL_WALLET_FLOOR_XDAI', values.xdaiText),
  };
  return isWhole(policy) ? Object.freeze(policy) : undefined;
}

/** STAMP_POOL_RESERVE replaces the three presets, which are read all the same: a mistake in them is told. */
function readTargets(read: Reader): ReadonlyMap<Depth, number> | undefined {
  const small = read.withDefault('STAMP_POOL_RESERVE_SMALL', values.countText);
  const medium = read.withDefault('STAMP_POOL_RESERVE_MEDIUM', values.countText);
  const large = read.withDefault('STAMP_POOL_RESERVE_LARGE', values.countText);
  if (read.isSet('STAMP_POOL_RESERVE'))
    return read.optional('STAMP_POOL_RESERVE', values.reserveText) ?? undefined;
  const presets = { small, medium, large };
  return isWhole(presets) ? values.presetTargets(presets) : undefined;
}

function readAdoption(read: Reader, readText: ReadText): Adoption | undefined {
  try {
    return parseAdoption(read.text('STAMP_POOL_ADOPT') ?? SETTINGS.STAMP_POOL_ADOPT.default, readText);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    read.mistakeIn('STAMP_POOL_ADOPT', error.message);
    return undefined;
  }
}

const PRESETS = [
  'STAMP_POOL_RESERVE_SMALL',
  'STAMP_POOL_RESERVE_MEDIUM',
  'STAMP_POOL_RESERVE_LARGE',
] as const;

function warnOf(policy: Policy, read: Reader): readonly string[] {
  const ignored = PRESETS.filter((name) => read.isSet('STAMP_POOL_RESERVE') && read.isSet(name));
  const warnings = ignored.map((name) => `${name} is ignored: STAMP_POOL_RESERVE replaces it`);
  const minTtl = read.withDefault('STAMP_POOL_MIN_TTL_HOURS', values.hoursText) ?? 0;
  if (minTtl < policy.minTtlSeconds) {
    const [asked, used] = [minTtl / 3600, policy.minTtlSeconds / 3600];
    warnings.push(
      `STAMP_POOL_MIN_TTL_HOURS (${asked}) is less than STAMP_POOL_ACQUIRE_MIN_TTL_HOURS (${used}): stamps are topped up below ${used} hours, since with less they are not given out`,
    );
  }
  if (policy.defaultDurationSeconds <= policy.minTtlSeconds) {
    warnings.push(
      'STAMP_POOL_DEFAULT_DURATION_HOURS is not more than STAMP_POOL_MIN_TTL_HOURS: every stamp is topped up as soon as it is bought',
    );
  }
  return warnings;
}

/** Reads variables one by one and remembers what is wrong with each. What is empty counts as not set. */
class Reader {
  readonly mistakes: string[] = [];
  readonly #env: Environment;

  constructor(env: Environment) {
    this.#env = env;
  }

  text(name: SettingName): string | undefined {
    return this.#env[name]?.trim() || undefined;
  }

  isSet(name: SettingName): boolean {
    return this.text(name) !== undefined;
  }

  /** undefined: there was a mistake, and it is noted. */
  withDefault<Value>(name: NameWithDefault, schema: z.ZodType<Value, string>): Value | undefined {
    return this.#parse(name, this.text(name) ?? SETTINGS[name].default, schema);
  }

  /** null: not set, or wrong, and then it is noted. */
  optional<Value>(name: SettingName, schema: z.ZodType<Value, string>): Value | null {
    const text = this.text(name);
    return text === undefined ? null : (this.#parse(name, text, schema) ?? null);
  }

  mistake(sentence: string): void {
    this.mistakes.push(sentence);
  }

  /** A value with an "@" may hold a password, and is not repeated. */
  mistakeIn(name: SettingName, sentence: string): void {
    const text = this.text(name) ?? '';
    this.mistake(`${name}${text.includes('@') ? '' : `="${text}"`}: ${sentence}`);
  }

  #parse<Value>(name: SettingName, text: string, schema: z.ZodType<Value, string>): Value | undefined {
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    for (const { message } of parsed.error.issues) this.mistakeIn(name, message);
    return undefined;
  }
}

type NameWithDefault = {
  [Name in SettingName]: (typeof SETTINGS)[Name]['default'] extends string ? Name : never;
}[SettingName];

type Whole<Parts> = { readonly [Name in keyof Parts]: Exclude<Parts[Name], undefined> };

function isWhole<Parts extends object>(parts: Parts): parts is Parts & Whole<Parts> {
  return Object.values(parts).every((part) => part !== undefined);
}
