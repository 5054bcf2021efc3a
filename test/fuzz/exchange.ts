/** What a client received for one request. */
export interface Exchange {
  readonly statuses: readonly number[];
  /** All heads, bodies and messages received. */
  readonly text: string;
  /** Of a WebSocket; null without one. */
  readonly closeCode: number | null;
  readonly end: End;
}

/** `closed`: the service closed the connection without a complete response; `refused`: it accepts no connections. */
type End = 'answered' | 'closed' | 'reset' | 'refused' | 'timeout';

/** Longer than every timeout of the service, on a machine that is busy. */
export const MAX_EXCHANGE_MS = 60_000;

/** The ends of a connection to the service. */
export interface Route {
  readonly port: number;
  readonly localAddress: string;
}
