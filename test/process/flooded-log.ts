import { setImmediate } from 'node:timers/promises';
import { runUntilSignal } from '../../src/cli/run-until-signal.ts';
import { parseConfig } from '../../src/config/config.ts';
import { LogOutput } from '../../src/log-output.ts';
import { createProcessLog } from '../../src/logger.ts';
import { startProduction } from '../../src/wiring/production.ts';

// Logs many long lines, then starts the service like src/main.ts. Prints the address on standard error.
const config = parseConfig(process.env);
const log = createProcessLog({ level: config.logLevel, output: new LogOutput(1) });
for (let line = 1; line <= Number(process.argv[2]); line += 1) {
  log.logger.info({ flood: line }, 'x'.repeat(900));
  if (line % 100 === 0) await setImmediate();
}
if (process.argv[3] === 'throw') throw new Error('unforeseen');
await runUntilSignal(async () => {
  const app = await startProduction(config, log);
  process.stderr.write(`serving on ${app.url}\n`);
  return app;
}, log);
