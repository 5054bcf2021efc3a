import { ConfigError } from './config-error.ts';
import { readEnvFile } from './env-file.ts';

/** Environment variables, by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process; a file .env in the working directory supplies missing variables. @throws ConfigError */
export function readEnvironment(): Environment {
  try {
    return { ...readEnvFile('.env'), ...process.env };
  } catch (error) {
    if (error instanceof RangeError) throw new ConfigError([error.message]);
    throw error;
  }
}
