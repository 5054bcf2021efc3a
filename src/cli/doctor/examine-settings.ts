import { type Config, parseConfig } from '../../config/config.ts';
import { ConfigError } from '../../config/config-error.ts';
import type { Environment } from '../../config/environment.ts';
import { SETTING_NAMES } from '../../config/settings.ts';
import { asSentence } from '../../domain/plain-text.ts';
import { fine, found, type Result } from './result.ts';

export interface ExaminedSettings {
  readonly results: readonly Result[];
  /** null if there are no settings here, or some are wrong. */
  readonly config: Config | null;
}

/** Reads the settings as the service would: the environment, and .env in the working directory. */
export function examineSettings(environment: () => Environment): ExaminedSettings {
  try {
    const env = environment();
    const names = Object.keys(env).filter((name) => isOfService(name) && env[name]?.trim());
    if (names.length === 0) return { results: [NO_SETTINGS], config: null };
    const config = parseConfig(env);
    return { config, results: [fine('settings', 'SETTINGS', summaryOf(names)), ...warningsOf(config)] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: null, results: error.mistakes.map(mistake) };
  }
}

/** Shells and other programs set HOST, PORT, NODE_ENV and LOG_LEVEL too. */
const isOfService = (name: string): boolean =>
  /^(STAMP_POOL_|SWARM_|DATABASE_URL$)/.test(name) && SETTING_NAMES.some((known) => known === name);

const NO_SETTINGS: Result = {
  area: 'settings',
  severity: 'info',
  code: 'NO_SETTINGS',
  message: 'There are no settings of the service here, so they are not examined.',
  suggestion: 'To examine them, run this in the working directory of the service, with its environment.',
};

const summaryOf = (names: readonly string[]): string =>
  `${names.length === 1 ? '1 setting is' : `${names.length} settings are`} set, without a mistake.`;

const warningsOf = ({ enabled, warnings }: Config): readonly Result[] => [
  ...warnings.map((message) =>
    found('settings', {
      severity: 'warning',
      code: 'SETTING_WARNING',
      message: asSentence(message),
      suggestion: 'Change the setting if this is not intended.',
    }),
  ),
  ...(enabled ? [] : [DISABLED]),
];

const DISABLED = found('settings', {
  severity: 'warning',
  code: 'POOL_DISABLED',
  message: 'The pool is not enabled by these settings: it buys nothing, and gives nothing out.',
  suggestion: 'Set STAMP_POOL_ENABLED=true to enable it.',
});

const mistake = (message: string): Result =>
  found('settings', {
    severity: 'error',
    code: 'SETTING_INVALID',
    message: asSentence(message),
    suggestion: 'Correct the setting: the service does not start with it. The README lists all settings.',
  });
