// The service without some of its shortcuts, which its arguments name.
import { parseConfig } from '../../src/config/config.ts';
import { readEnvironment } from '../../src/config/environment.ts';
import { collectOldGenerationRarely } from '../../src/garbage-collection.ts';
import { LogOutput } from '../../src/log-output.ts';
import { createProcessLog } from '../../src/logger.ts';
import { ALL_SHORTCUTS } from '../../src/pool/shortcuts.ts';
import { startProduction } from '../../src/wiring/production.ts';

collectOldGenerationRarely();
const off = Object.fromEntries(process.argv.slice(2).map((name) => [name, false]));
const config = parseConfig(readEnvironment());
const log = createProcessLog({ level: config.logLevel, output: new LogOutput(1) });
const app = await startProduction(config, log, { ...ALL_SHORTCUTS, ...off });
process.once('SIGTERM', () => void app[Symbol.asyncDispose]().then(() => process.exit(0)));
