/** An acquire takes 40 bytes; a GraphQL document of ours a few thousand. */
export const BODY_LIMIT_BYTES = 100_000;
/** For a request to come in completely. Answers may take longer: maintenance waits for its turn to end. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** From the signal to the end of the last connection; a supervisor's patience is ten seconds at least. */
export const STOP_TIMEOUT_MS = 4000;
