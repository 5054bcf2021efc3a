/** What connects a request with the log of its client: its ids are on the log lines that it causes. */
export interface RequestOrigin {
  /** The client's own, or one that was made for the request. */
  readonly requestId: string;
  /** Of the W3C trace that the request belongs to; null if it belongs to none. */
  readonly traceId: string | null;
}
