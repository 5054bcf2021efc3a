/** The optimizations that change no result. The bench and the tests switch them off one by one; the service has all of them. */
export interface Shortcuts {
  readonly knownDocuments: boolean;
  readonly sharedEvents: boolean;
}

export const ALL_SHORTCUTS: Shortcuts = { knownDocuments: true, sharedEvents: true };
