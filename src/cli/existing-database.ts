import { parseDatabase } from '../config/config.ts';
import type { DatabaseConfig } from '../config/database.ts';
import type { Environment } from '../config/environment.ts';
import { missingFile } from '../store/open-store.ts';
import { RefusedError } from './command.ts';

/** For a command that changes something in the database: `what`, such as "node to move". @throws RefusedError if it does not exist */
export function existingDatabase(environment: Environment, what: string): DatabaseConfig {
  const database = parseDatabase(environment);
  const missing = missingFile(database);
  if (missing !== null) throw new RefusedError(`${missing} does not exist, so there is no ${what}.`);
  return database;
}
