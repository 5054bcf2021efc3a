/** How long the store waits for its server. Tests wait less. */
export interface Times {
  /** For an acquisition, whatever the database does. */
  readonly acquireMs: number;
  /** For the result of a statement: longer than the server lets it run. */
  readonly answerMs: number;
  /** For whether a commit happened whose connection was lost. An acquisition must be answered within 10 s. */
  readonly settleMs: number;
  /** Between two checks of the connection for notifications, and for the result of such a check. */
  readonly heartbeatMs: number;
}

/** Longer than any statement, also one that concerns the whole stock. */
export const STATEMENT_TIMEOUT_MS = 10_000;

export const TIMES: Times = {
  acquireMs: 8_000,
  answerMs: STATEMENT_TIMEOUT_MS + 1_000,
  settleMs: 4_000,
  heartbeatMs: 5_000,
};
