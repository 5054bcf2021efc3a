import { capacityOf } from '../src/bee/capacity.ts';
import { shortMoney } from '../src/cli/text/money.ts';
import { parseConfig } from '../src/config/config.ts';
import { DAY_SECONDS } from '../src/domain/durations.ts';
import { sizeName } from '../src/domain/size.ts';
import { costOf, depth, formatBzz, plur } from '../src/domain/units.ts';
import { purchaseAmount } from '../src/reconciler/spending.ts';

const DEPTHS = [17, 18, 19, 20, 21, 22, 23, 24].map(depth);
/** The least price of the contract (docs/bee.md#contract). */
const PRICE = plur(24_000n);

/** What stamps hold and cost with the default settings, at the least price. */
export function costsMarkdown(): string {
  const { policy } = parseConfig({});
  const chain = { tip: 0, block: 0, price: PRICE, totalAmount: plur(0n), minimumValidityBlocks: null };
  const amount = purchaseAmount(policy, chain, { ttlJitter: 0.5, amountNonce: 1n });
  const dailyAmount = plur(PRICE * BigInt(DAY_SECONDS / policy.blockTimeSeconds));
  const rows = DEPTHS.map((one) => {
    const costs = [amount, dailyAmount].map((each) => shortMoney(formatBzz(costOf(each, one))));
    return `| ${[one, sizeName(one), capacityText(capacityOf(one)), ...costs].join(' | ')} |`;
  });
  return [
    '| depth | size | bytes that are sure to fit | a new stamp | each day in stock |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

function capacityText(bytes: number): string {
  if (bytes >= 1e9) return `${bytes / 1e9} GB`;
  return bytes >= 1e6 ? `${bytes / 1e6} MB` : `${bytes.toLocaleString('en')} bytes`;
}
