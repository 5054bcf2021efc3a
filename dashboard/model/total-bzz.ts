// Pure: the sum of amounts that are exact decimals.
import type { RunFragment } from '../generated/operations.ts';

type Action = Pick<RunFragment['actions'][number], '__typename' | 'costBzz'>;

/** 1 BZZ in PLUR. */
const DECIMALS = 16;

/** What the actions spend together, such as "0.5 BZZ"; null for nothing. A hold has a cost too, and does not spend it. */
export function totalBzz(actions: readonly Action[]): string | null {
  const plur = actions.reduce(
    (sum, { __typename, costBzz }) => (costBzz && __typename !== 'HoldAction' ? sum + plurOf(costBzz) : sum),
    0n,
  );
  if (plur === 0n) return null;
  const digits = plur.toString().padStart(DECIMALS + 1, '0');
  const fraction = digits.slice(-DECIMALS).replace(/0+$/, '');
  return `${digits.slice(0, -DECIMALS)}${fraction && `.${fraction}`} BZZ`;
}

function plurOf(text: string): bigint {
  const [whole = '0', fraction = ''] = (text.split(' ')[0] ?? '').split('.');
  return BigInt(whole + fraction.padEnd(DECIMALS, '0'));
}
