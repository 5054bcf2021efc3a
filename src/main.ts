import { readArguments } from './cli/arguments.ts';
import { orExit } from './cli/exit-message.ts';
import { readEnvironment } from './config/environment.ts';
import { parseConfig } from './config.ts';
import { LogOutput } from './log-output.ts';
import { createProcessLog } from './logger.ts';
import { runUntilSignal } from './process.ts';
import { startProduction } from './service.ts';

readArguments(
  'stamp-pool',
  'Keeps a reserve of Swarm postage stamps, and serves them over GraphQL and REST.',
);
const config = orExit(() => parseConfig(readEnvironment()));
const log = createProcessLog({ level: config.logLevel, output: new LogOutput(1) });
await runUntilSignal(() => startProduction(config, log), log);
