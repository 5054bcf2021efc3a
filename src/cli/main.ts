import { readEnvironment } from '../config/environment.ts';
import { runCommand } from './run-command.ts';

process.stdout.on('error', () => {}); // the reader of a pipe may close it early, such as head
process.exitCode = await runCommand(process.argv.slice(2), {
  environment: readEnvironment,
  now: () => new Date(),
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
});
