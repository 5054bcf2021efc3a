import { runNodesSeed } from './several-nodes.ts';

/** Runs worlds with several nodes, and prints what they did, and each violation with the end of its log. */
export async function simulateNodes({ from, seeds, untilViolation, print }: NodesCampaign): Promise<void> {
  const total = { seeds: 0, purchases: 0, acquisitions: 0, violations: 0 };
  for (let seed = from; seed < from + seeds; seed++) {
    const { violation, purchases, acquisitions, log } = await runNodesSeed(seed);
    total.seeds += 1;
    total.purchases += purchases;
    total.acquisitions += acquisitions;
    if (!violation) continue;
    total.violations += 1;
    if (!untilViolation) print(log.slice(-20).join('\n'));
    print(`  seed ${seed}, promise ${violation.rule}: ${violation.message}`);
    if (untilViolation) break;
  }
  print(
    `several nodes: ${total.seeds} seeds, ${total.purchases} purchases, ${total.acquisitions} acquisitions, violations ${total.violations}`,
  );
  process.exitCode = total.violations === 0 ? 0 : 1;
}

interface NodesCampaign {
  readonly from: number;
  readonly seeds: number;
  readonly untilViolation: boolean;
  readonly print: (line: string) => void;
}
