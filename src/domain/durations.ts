export const HOUR_SECONDS = 3600;
export const DAY_SECONDS = 24 * HOUR_SECONDS;
export const HOUR_MS = 1000 * HOUR_SECONDS;
export const DAY_MS = 1000 * DAY_SECONDS;

export const blocksPerDay = (blockTimeSeconds: number): number => Math.ceil(DAY_SECONDS / blockTimeSeconds);

/** Whether that block is less than a day ago. In blocks, so that no change of a clock counts. A later block is of another chain. */
export const isWithinDay = (
  sinceBlock: number,
  { block, blockTimeSeconds }: { readonly block: number; readonly blockTimeSeconds: number },
): boolean => block >= sinceBlock && block - sinceBlock < blocksPerDay(blockTimeSeconds);

export const daysBefore = (at: Date, days: number): Date => new Date(at.getTime() - days * DAY_MS);
