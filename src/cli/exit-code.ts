/** What the exit codes of the commands mean (docs/cli.md#exit-codes). */
export const EXIT = {
  /** Done, or nothing is wrong. Warnings leave it at that. */
  fine: 0,
  /** Refused, failed, or something with the severity "error" was found. */
  finding: 1,
  usage: 2,
  exhausted: 3,
  /** The service is not reachable. */
  unreachable: 4,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
