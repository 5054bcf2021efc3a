import { readEnvironment } from './config/environment.ts';
import { LogOutput } from './log-output.ts';
import { createProcessLog } from './logger.ts';
import { configOrExit, readArguments, runUntilSignal } from './process.ts';
import { startService } from './service.ts';

readArguments(
  'stamp-pool',
  'Keeps a reserve of Swarm postage stamps and hands them out over GraphQL and REST.',
);
const config = configOrExit(readEnvironment);
const log = createProcessLog({ level: config.logLevel, output: new LogOutput(1) });
await runUntilSignal(() => startService(config, log), log);
