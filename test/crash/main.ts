import { Command, InvalidArgumentError } from 'commander';
import { crashCampaign, KILLS } from './campaign.ts';
import { RULES } from './check.ts';

const count = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
};

const { kills, seed } = new Command('crash-test')
  .description('Kills the real service under load, again and again, and holds all books against each other.')
  .option('--kills <count>', 'how often', count, 200)
  .option('--seed <number>', 'what is drawn follows from it; the timing of processes does not', count, 1)
  .parse()
  .opts<{ kills: number; seed: number }>();

const report = await crashCampaign({ kills, seed });
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(`kills: ${KILLS.map((kind) => `${kind} ${report.kills[kind]}`).join(', ')}`);
say(`acquisitions ${report.acquisitions}, retries ${report.retries}, purchases ${report.purchases}`);
say(`slowest start to first answer: ${report.slowestStartMs} ms`);
for (const { rule, words } of report.findings) say(`${rule}: ${words}`);
say(
  RULES.map((rule) => `${report.findings.filter((finding) => finding.rule === rule).length} ${rule}`).join(
    ', ',
  ),
);
if (report.findings.length > 0) say(`The files are in ${report.directory}`);
process.exitCode = report.findings.length > 0 ? 1 : 0;
