// The service: npm start.
import { readArguments } from './cli/arguments.ts';
import { orExit } from './cli/exit-message.ts';
import { runUntilSignal } from './cli/run-until-signal.ts';
import { parseConfig } from './config/config.ts';
import { readEnvironment } from './config/environment.ts';
import { settingsText } from './config/settings-table.ts';
import { collectOldGenerationRarely } from './garbage-collection.ts';
import { LogOutput } from './log-output.ts';
import { createProcessLog } from './logger.ts';
import { keepFilesPrivate } from './private-files.ts';

collectOldGenerationRarely();
keepFilesPrivate();
readArguments('stamp-pool', {
  description: 'Keeps a reserve of Swarm postage stamps, and serves them over GraphQL and REST.',
  details: settingsText(),
});
const config = orExit(() => parseConfig(readEnvironment()));
const log = createProcessLog({ level: config.logLevel, output: new LogOutput(1) });
await runUntilSignal(async () => {
  const { startProduction } = await import('./wiring/production.ts'); // most of the code: --help and mistakes do without it
  return await startProduction(config, log);
}, log);
