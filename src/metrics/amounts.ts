const PLUR_PER_BZZ = 1e16;
const WEI_PER_XDAI = 1e18;

export const inBzz = (amount: bigint | null | undefined): number | null => toNumber(amount, PLUR_PER_BZZ);
export const inXdai = (amount: bigint | null | undefined): number | null => toNumber(amount, WEI_PER_XDAI);

/** Prometheus has only floats. An amount beyond their range is absent, not infinite. */
export function toNumber(amount: bigint | null | undefined, perUnit: number): number | null {
  if (amount === null || amount === undefined) return null;
  const number = Number(amount) / perUnit;
  return Number.isFinite(number) ? number : null;
}
