/** An acquire request has about 40 bytes; a large GraphQL document a few thousand. */
export const BODY_LIMIT_BYTES = 100_000;
/** From the signal to the end of the last connection. Supervisors wait at least ten seconds before they kill. */
export const STOP_TIMEOUT_MS = 4000;
