const KEY = 'stamp-pool-token';

/** The token of this tab. It survives a reload, and ends with the tab. */
export const storedToken = {
  read: (): string | null => sessionStorage.getItem(KEY),
  write: (token: string): void => sessionStorage.setItem(KEY, token),
  remove: (): void => sessionStorage.removeItem(KEY),
};
