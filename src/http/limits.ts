/** An acquire request has about 40 bytes; a large GraphQL document a few thousand. */
export const BODY_LIMIT_BYTES = 100_000;
/** From the signal to the end of the last connection. Less than SHUTDOWN_TIMEOUT_MS of cli/run-until-signal.ts, so that the stop is complete. */
export const STOP_TIMEOUT_MS = 4000;
