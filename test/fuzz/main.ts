import { Command, InvalidArgumentError, Option } from 'commander';
import { fuzz, type Mode } from './fuzz.ts';
import { reportOf } from './report.ts';
import { KINDS } from './schedule.ts';

const MODES = ['open', 'tokens'] as const satisfies readonly Mode[];
const PROGRESS_EVERY = 10_000;

interface Flags {
  readonly requests: number;
  readonly seed: number;
  readonly warmUp: number;
  readonly mode?: Mode;
  readonly only?: string;
  readonly case?: number;
}

const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const flags = new Command('fuzz')
  .description(
    'Sends malformed requests to the service on loopback, and checks its responses, records and memory.',
  )
  .option('--requests <count>', 'number of requests', wholeNumber, 100_000)
  .option('--seed <number>', 'the seed of all requests', wholeNumber, 1)
  .option(
    '--warm-up <count>',
    'requests before the memory is first measured; 0: it is not compared',
    wholeNumber,
    5000,
  )
  .addOption(
    new Option(
      '--mode <mode>',
      'only with the service open, or only with tokens; default: half of the requests each',
    ).choices(MODES),
  )
  .addOption(new Option('--only <kind>', 'only requests of this kind').choices(KINDS))
  .option('--case <index>', 'only the request with this index; with --only', wholeNumber)
  .parse()
  .opts<Flags>();

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const isOne = flags.case !== undefined;
const modes = flags.mode === undefined ? MODES : [flags.mode];
for (const mode of modes) {
  const result = await fuzz({
    mode,
    seed: flags.seed,
    requests: isOne ? 1 : Math.ceil(flags.requests / modes.length),
    warmUp: isOne ? 0 : flags.warmUp,
    only: flags.only,
    index: flags.case,
    onProgress: (sent) => {
      if (sent % PROGRESS_EVERY === 0) process.stderr.write(`${sent} sent\n`);
    },
  });
  process.stdout.write(
    `mode: ${mode}, seed: ${flags.seed}\n${reportOf(result, { mode, seed: flags.seed })}\n\n`,
  );
  if (result.findings.length > 0) process.exitCode = 1;
}
