/** The optimizations that change no result. The bench and the tests switch them off one by one; the service has all of them. */
export interface Shortcuts {
  /** group-commit.ts */
  readonly groupCommit: boolean;
  /** graphql/known-documents.ts */
  readonly knownDocuments: boolean;
  /** graphql/shared-events.ts */
  readonly sharedEvents: boolean;
}

export const ALL_SHORTCUTS: Shortcuts = { groupCommit: true, knownDocuments: true, sharedEvents: true };
