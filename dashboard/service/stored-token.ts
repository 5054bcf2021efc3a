const KEY = 'stamp-pool-token';

/** Where the browser keeps nothing for a page, the token is kept until the page is closed. */
let inMemory: string | null = null;

/** The token of this tab. It survives a reload, and ends with the tab. */
export const storedToken = {
  read: (): string | null => storage()?.getItem(KEY) ?? inMemory,
  write: (token: string): void => {
    inMemory = token;
    storage()?.setItem(KEY, token);
  },
  remove: (): void => {
    inMemory = null;
    storage()?.removeItem(KEY);
  },
};

/** null if the user does not allow it. */
function storage(): Storage | null {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}
