import { createLogger } from './logger.ts';
import { configOrExit, readArguments, readEnvironment, runUntilSignal } from './process.ts';
import { startService } from './service.ts';

readArguments(
  'stamp-pool',
  'Keeps a reserve of Swarm postage stamps and hands them out over GraphQL and REST.',
);
const config = configOrExit(readEnvironment());
const logger = createLogger({ level: config.logLevel });
await runUntilSignal(() => startService(config, logger), logger);
