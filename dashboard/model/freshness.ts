// Pure: whether what the page shows is up to date.

/** What is known of the connection. Times are of the browser's clock, in milliseconds; null: not yet. */
export interface Connection {
  /** `connecting`: for the first time. After that it is `closed` until it is open again. */
  readonly is: 'connecting' | 'open' | 'closed';
  /** When the service sent something last on the WebSocket: levels, or the answer to a ping. */
  readonly heardAtMs: number | null;
  /** When the last complete status arrived. */
  readonly refreshedAtMs: number | null;
}

export type Freshness = 'live' | 'connecting' | 'stale';

/** The client pings every 10 s, and asks for the status as often. */
export const MAX_SILENCE_MS = 30_000;

export function freshnessOf({ is, heardAtMs, refreshedAtMs }: Connection, nowMs: number): Freshness {
  if (is === 'closed') return 'stale';
  const isSilent = [heardAtMs, refreshedAtMs].some((atMs) => atMs !== null && nowMs - atMs > MAX_SILENCE_MS);
  if (isSilent) return 'stale';
  return is === 'open' && refreshedAtMs !== null ? 'live' : 'connecting';
}
