/** (1, 'error') -> "1 error", (2, 'error') -> "2 errors". */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
