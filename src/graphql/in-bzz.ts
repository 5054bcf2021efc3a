import { formatBzz } from '../domain/units.ts';

export const BZZ_DESCRIPTION = 'Formatted in BZZ, e.g. "0.5 BZZ".';

/** The options of a `…Bzz` field: the same amount as the field beside it, for people. */
export const inBzz = <Parent>(amountOf: (parent: Parent) => bigint) => ({
  description: BZZ_DESCRIPTION,
  resolve: (parent: Parent): string => formatBzz(amountOf(parent)),
});

/** As `inBzz`, of an amount that may be unknown. */
export const inBzzIfKnown = <Parent>(amountOf: (parent: Parent) => bigint | null) => ({
  description: BZZ_DESCRIPTION,
  nullable: true as const,
  resolve: (parent: Parent): string | null => {
    const amount = amountOf(parent);
    return amount === null ? null : formatBzz(amount);
  },
});
