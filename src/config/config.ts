// This folder reads the settings from the environment and .env: one table, a parser per setting, one report of all mistakes.

import type { Exposure } from '../domain/access-settings.ts';
import { HOUR_SECONDS } from '../domain/durations.ts';
import type { Adoption, FallbackRules, Policy } from '../domain/policy.ts';
import { SIZE_DEPTHS } from '../domain/size.ts';
import type { Depth, NodeName } from '../domain/units.ts';
import { type AccessConfig, readAccess } from './access-settings.ts';
import { adoptionOf, type ReadText } from './adoption.ts';
import { complete } from './complete.ts';
import { ConfigError } from './config-error.ts';
import { type DatabaseConfig, warnOfDatabase } from './database.ts';
import type { Environment } from './environment.ts';
import { readExposure, warnOfExposure } from './exposure.ts';
import { type NodeConfig, readNodes } from './nodes.ts';
import type { LogLevel, RestContractName } from './parsers.ts';
import { SETTINGS } from './settings.ts';
import { SettingsReader } from './settings-reader.ts';
import { readTelemetry, type TelemetryVariables } from './telemetry-variables.ts';
import { readTextFile } from './text-file.ts';
import { warnOfUnknownNames } from './unknown-names.ts';
import { readWebhooks, type WebhookConfig } from './webhooks.ts';

/** The settings of the operator, with defaults filled in. */
export interface Config {
  readonly enabled: boolean;
  readonly policy: Policy;
  /** In the order of the setting. Empty only if the pool is disabled. */
  readonly nodes: readonly NodeConfig[];
  readonly access: AccessConfig;
  /** null: the operator is not notified. */
  readonly webhooks: WebhookConfig | null;
  readonly restContract: RestContractName;
  readonly database: DatabaseConfig;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly exposure: Exposure;
  readonly logLevel: LogLevel;
  /** null: no traces or metrics are sent. */
  readonly telemetry: TelemetryVariables | null;
  /** Settings that are valid but probably not intended, one sentence each. */
  readonly warnings: readonly string[];
}

/** Reads the environment, and the file that STAMP_POOL_ADOPT names. @throws ConfigError with all mistakes at once. */
export function parseConfig(env: Environment, readText: ReadText = readTextFile): Config {
  const read = new SettingsReader(env);
  const enabled = read.value(SETTINGS.enabled);
  const ofNodes = readNodes(read, enabled ?? false);
  const parts = complete({
    enabled,
    nodes: ofNodes?.nodes,
    policy: readPolicy(read, readText, ofNodes?.drainedNodes),
    access: readAccess(read),
    webhooks: readWebhooks(read),
    restContract: read.value(SETTINGS.restContract),
    database: read.value(SETTINGS.database),
    host: read.value(SETTINGS.host),
    port: read.value(SETTINGS.port),
    exposure: readExposure(read),
    logLevel: read.value(SETTINGS.logLevel),
    telemetry: readTelemetry(read, env),
  });
  if (read.mistakes.length > 0 || parts === undefined) throw new ConfigError(read.mistakes);
  return Object.freeze({
    ...parts,
    warnings: [
      ...warnOfUnknownNames(Object.keys(env)),
      ...warnOf(parts.policy, read),
      ...warnOfExposure(parts.exposure),
      ...warnOfDatabase(parts.database),
    ],
  });
}

/** For a command that needs no other setting. @throws ConfigError */
export function parseDatabase(env: Environment): DatabaseConfig {
  const read = new SettingsReader(env);
  const database = read.value(SETTINGS.database);
  if (database === undefined) throw new ConfigError(read.mistakes);
  return database;
}

/** For a command that needs no other setting. @throws ConfigError */
export function parseNodeAwaySeconds(env: Environment): number {
  const read = new SettingsReader(env);
  const seconds = read.value(SETTINGS.nodeAwaySeconds);
  if (seconds === undefined) throw new ConfigError(read.mistakes);
  return seconds;
}

/** For a command that only compares them. Empty if there are none, or if the setting has a mistake. */
export const parseNodeNames = (env: Environment): readonly NodeName[] =>
  new SettingsReader(env).optional(SETTINGS.nodes)?.map(({ name }) => name) ?? [];

function readPolicy(
  read: SettingsReader,
  readText: ReadText,
  drainedNodes: Policy['drainedNodes'] | undefined,
): Policy | undefined {
  const acquireMinTtlSeconds = read.value(SETTINGS.acquireMinTtlSeconds);
  const minTtlSeconds = read.value(SETTINGS.minTtlSeconds);
  const defaultDurationSeconds = read.value(SETTINGS.defaultDurationSeconds);
  if (
    acquireMinTtlSeconds !== undefined &&
    defaultDurationSeconds !== undefined &&
    defaultDurationSeconds <= acquireMinTtlSeconds
  ) {
    read.addMistake(
      SETTINGS.defaultDurationSeconds,
      `${inHours(SETTINGS.defaultDurationSeconds, defaultDurationSeconds)} must be more than ${inHours(SETTINGS.acquireMinTtlSeconds, acquireMinTtlSeconds)}: a new stamp could not be acquired`,
    );
  }
  const canarySeconds = read.value(SETTINGS.canarySeconds);
  return complete({
    targets: readTargets(read),
    acquireMinTtlSeconds,
    minTtlSeconds: Math.max(minTtlSeconds ?? 0, acquireMinTtlSeconds ?? 0),
    topUpSeconds: read.value(SETTINGS.topUpSeconds),
    defaultDurationSeconds,
    lowReserveThreshold: read.value(SETTINGS.lowReserveThreshold),
    immediateReplenish: read.value(SETTINGS.immediateReplenish),
    fallback: readFallback(read),
    adoption: readAdoption(read, readText),
    immutable: read.value(SETTINGS.immutable),
    canaryIntervalSeconds: canarySeconds === 0 ? null : canarySeconds,
    runIntervalSeconds: read.value(SETTINGS.runIntervalSeconds),
    blockTimeSeconds: read.value(SETTINGS.blockTimeSeconds),
    maxSpendPerDay: read.optional(SETTINGS.maxSpendPerDay),
    maxOrder: read.optional(SETTINGS.maxOrder),
    maxPrice: read.optional(SETTINGS.maxPrice),
    walletFloorBzz: read.value(SETTINGS.walletFloorBzz),
    walletFloorXdai: read.value(SETTINGS.walletFloorXdai),
    drainedNodes,
    nodeAwaySeconds: read.value(SETTINGS.nodeAwaySeconds),
  });
}

function readFallback(read: SettingsReader): FallbackRules | undefined {
  const exactFloor = read.optional(SETTINGS.exactFloor);
  const maxSteps = read.optional(SETTINGS.maxFallbackSteps);
  return complete({ exactFloor: exactFloor === null ? new Map<Depth, number>() : exactFloor, maxSteps });
}

const PRESETS = [
  { setting: SETTINGS.reserveSmall, depth: SIZE_DEPTHS.small },
  { setting: SETTINGS.reserveMedium, depth: SIZE_DEPTHS.medium },
  { setting: SETTINGS.reserveLarge, depth: SIZE_DEPTHS.large },
] as const;

/** STAMP_POOL_RESERVE replaces the presets; a mistake in a replaced preset is still reported. */
function readTargets(read: SettingsReader): ReadonlyMap<Depth, number> | undefined {
  const presets = PRESETS.map(({ setting, depth }) => ({ depth, count: read.value(setting) }));
  const reserve = read.optional(SETTINGS.reserve);
  const targets = new Map(reserve ?? presets.map(({ depth, count }) => [depth, count ?? 0]));
  return new Map([...targets].filter(([, count]) => count > 0));
}

function readAdoption(read: SettingsReader, readText: ReadText): Adoption | undefined {
  const source = read.value(SETTINGS.adoption);
  if (source === undefined) return undefined;
  try {
    return adoptionOf(source, readText);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    read.addMistakeInValue(SETTINGS.adoption, error.message);
    return undefined;
  }
}

function warnOf(policy: Policy, read: SettingsReader): readonly string[] {
  const ignored = PRESETS.filter(({ setting }) => read.isSet(SETTINGS.reserve) && read.isSet(setting));
  const warnings = ignored.map(
    ({ setting }) => `${setting.name} is ignored: ${SETTINGS.reserve.name} replaces it`,
  );
  const minTtlSeconds = read.value(SETTINGS.minTtlSeconds) ?? 0;
  const usedHours = policy.minTtlSeconds / HOUR_SECONDS;
  if (minTtlSeconds < policy.minTtlSeconds) {
    warnings.push(
      `${inHours(SETTINGS.minTtlSeconds, minTtlSeconds)} is less than ${inHours(SETTINGS.acquireMinTtlSeconds, policy.minTtlSeconds)}: stamps are topped up below ${usedHours} hours, because a stamp with less cannot be acquired`,
    );
  }
  if (policy.defaultDurationSeconds <= policy.minTtlSeconds) {
    warnings.push(
      `${SETTINGS.defaultDurationSeconds.name} is not more than ${SETTINGS.minTtlSeconds.name}: every stamp is topped up right after its purchase`,
    );
  }
  return warnings;
}

const inHours = ({ name }: { readonly name: string }, seconds: number): string =>
  `${name} (${seconds / HOUR_SECONDS})`;
