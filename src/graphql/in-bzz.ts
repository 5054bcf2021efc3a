import { formatBzz } from '../domain/units.ts';

/** What every `…Bzz` field beside one in PLUR says. */
export const IN_BZZ = 'The same for people: "0.5 BZZ".';

/** null when the amount is not known. */
export const inBzz = (amount: bigint | null): string | null => (amount === null ? null : formatBzz(amount));
