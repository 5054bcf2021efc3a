import type { IncidentKind } from './incident-kind.ts';
import { NODE_INCIDENTS } from './node-incidents.ts';
import { REPLICA_INCIDENTS } from './replica-incidents.ts';

/** The closed list of incidents. The GraphQL enum, the label of the metric and the table in docs/operating.md derive from it. */
export const INCIDENTS = {
  ...NODE_INCIDENTS,
  PURCHASE_REFUSED: {
    severity: 'error',
    sentence: 'Bee refused a purchase. Nothing was bought.',
    suggestion: 'Read Bee’s message. Missing funds and a changed price are the usual causes.',
  },
  PURCHASE_UNKNOWN: {
    severity: 'warning',
    sentence: 'The outcome of a purchase is unknown.',
    suggestion:
      'No action is needed: the pool settles it by what the node shows, and does not buy again before.',
  },
  PURCHASE_NOT_SHOWN: {
    severity: 'error',
    sentence: 'Bee confirmed a purchase, but the node does not list the batch.',
    suggestion:
      'Check that the clock of the node is right, and restart Bee with --resync. The batch enters the pool when the node lists it. Until then nothing more is bought, for a day at first, then longer each time.',
  },
  PURCHASE_ABANDONED: {
    severity: 'warning',
    sentence: 'A purchase of unknown outcome did not appear on the chain. The pool has abandoned it.',
    suggestion:
      'The pool buys again, after a pause that grows if it happens repeatedly. Check the node’s log for the cause, and whether a proxy in front of Bee refuses POST, or ends a purchase before it is answered, which takes minutes. If the wallet has paid nevertheless, the node has missed the batch: restart Bee with --resync, and the batch enters the pool.',
  },
  PURCHASE_LATE: {
    severity: 'warning',
    sentence: 'An abandoned purchase was mined after all.',
    suggestion:
      'No action is needed, but the stamp may have been paid for twice. If it happens again, check the node’s gas price and its chain RPC endpoint.',
  },
  IMMUTABILITY_MISMATCH: {
    severity: 'warning',
    sentence:
      'A purchase has made a mutable batch although an immutable one was ordered, or the other way round. The batch is used all the same.',
    suggestion:
      'Check whether a proxy in front of Bee drops the header Immutable, and let it pass the header. Bee makes immutable batches without it. A canary is always ordered mutable; STAMP_POOL_IMMUTABLE decides for the reserve.',
  },
  PURCHASE_AMBIGUOUS: {
    severity: 'error',
    sentence: 'More than one batch of the node matches the same purchase.',
    suggestion:
      'Check the batches that are named. Something else uses the node’s wallet, or creates batches in its name. A batch that was mined before the order was planned is probably not what it bought.',
  },
  TOP_UP_REFUSED: {
    severity: 'error',
    sentence: 'Bee refused a top-up. Nothing was paid.',
    suggestion: 'Read Bee’s message. Missing funds are the usual cause.',
  },
  TOP_UP_UNKNOWN: {
    severity: 'warning',
    sentence: 'The outcome of a top-up is unknown.',
    suggestion:
      'No action is needed: the pool settles it by what the node shows, and does not pay again before.',
  },
  PURCHASE_UNACCOUNTED: {
    severity: 'error',
    sentence:
      'The node lists a batch with the amount or the label of a purchase of the pool, but no purchase accounts for it.',
    suggestion:
      'Compare the batch with the order that is named. A proxy in front of Bee may have repeated a request, or something else uses the wallet. The batch is not given out, unless the file of STAMP_POOL_ADOPT lists it.',
  },
  TOP_UP_NOT_SHOWN: {
    severity: 'error',
    sentence: 'Bee confirmed a top-up, but the node does not show it.',
    suggestion:
      'Check that the clock of the node is right, and restart Bee with --resync. Nothing more is paid for this stamp until the node shows the top-up.',
  },
  TOP_UP_ABANDONED: {
    severity: 'warning',
    sentence: 'A top-up of unknown outcome did not appear on the chain. The pool has abandoned it.',
    suggestion:
      'No action is needed if it happens once: the pool tops up again if needed, after a pause that grows. If it happens again, stamps expire: check the node’s log for the cause, and whether a proxy in front of Bee refuses PATCH, or ends a top-up before it is answered, which takes minutes.',
  },
  TOP_UP_LATE: {
    severity: 'warning',
    sentence: 'An abandoned top-up was mined after all.',
    suggestion:
      'No action is needed, but the stamp may have been topped up twice. If it happens again, check the node’s gas price and its chain RPC endpoint.',
  },
  TRANSACTION_STUCK: {
    severity: 'error',
    sentence:
      'A postage transaction of the node has been pending for a long time. Nothing is bought meanwhile.',
    suggestion:
      'Cancel it on the node: DELETE /transactions/{hash}. The pool continues when the cancellation is mined. If this is reported again, the node still lists the transaction. Any other transaction of the node clears the list, for example PATCH /stamps/topup/{a batch of the node}/0, which costs only gas; so does a restart of Bee. POST /transactions/{hash} does not help.',
  },
  WALLET_BZZ: {
    severity: 'error',
    sentence: 'The node’s wallet has too little BZZ.',
    suggestion: 'Send BZZ to the node’s wallet, or lower STAMP_POOL_RESERVE or STAMP_POOL_WALLET_FLOOR_BZZ.',
  },
  WALLET_XDAI: {
    severity: 'error',
    sentence: 'The node’s wallet has too little xDAI for gas.',
    suggestion: 'Send xDAI to the node’s wallet.',
  },
  BUDGET: {
    severity: 'error',
    sentence: 'The daily spending limit is reached.',
    suggestion:
      'Check STAMP_POOL_RESERVE for a mistake. If the need is real, raise STAMP_POOL_MAX_SPEND_BZZ_PER_DAY.',
  },
  ORDER_ABOVE_LIMIT: {
    severity: 'error',
    sentence: 'An order would cost more than STAMP_POOL_MAX_ORDER_BZZ.',
    suggestion: 'Raise STAMP_POOL_MAX_ORDER_BZZ, or configure a smaller depth or a shorter duration.',
  },
  PRICE_TOO_HIGH: {
    severity: 'error',
    sentence: 'The price of storage is above STAMP_POOL_MAX_PRICE_PLUR.',
    suggestion: 'Wait for a lower price, or raise STAMP_POOL_MAX_PRICE_PLUR. Stock is still given out.',
  },
  PRICE_UNKNOWN: {
    severity: 'warning',
    sentence: 'The node does not show a price of storage.',
    suggestion: 'Wait for the node to sync. If it lasts, check its chain RPC endpoint.',
  },
  STAMP_WITHHELD: {
    severity: 'warning',
    sentence:
      'The node does not show a stamp of the pool as usable. The stamp is not given out, and still counts as stock.',
    suggestion:
      'No action is needed right after a restart of the node. If it lasts, check the node’s data and its chain RPC endpoint.',
  },
  STAMP_MISSING: {
    severity: 'error',
    sentence:
      'The node has not shown a stamp of the pool for a long time. The stamp is not given out and no longer counts as stock.',
    suggestion: 'Check the node’s data. If a resync brings the stamp back, it is in the pool again.',
  },
  STAMP_UNSTABLE: {
    severity: 'error',
    sentence:
      'The node has stopped showing the same stamp twice within a day. The stamp is not given out, and not replaced before the day is over.',
    suggestion:
      'Check the node’s data, and whether a proxy or load balancer in front of it forwards to more than one node.',
  },
  STAMP_DELAYED: {
    severity: 'warning',
    sentence:
      'The node lists a new stamp, but has not shown it as usable with a time to live for a long time. The stamp counts as on order.',
    suggestion:
      'Check the node’s log and its chain RPC endpoint: the node must keep up with the chain and know the price.',
  },
  STAMP_DILUTED: {
    severity: 'warning',
    sentence:
      'A stamp of the pool was diluted from outside the pool. It has a larger depth now, and less time to live.',
    suggestion: 'Find out what uses the node: only the owner of a batch can dilute it.',
  },
  STAMP_IN_USE: {
    severity: 'error',
    sentence: 'A stamp of the pool is in use, although no client has acquired it. It is not given out.',
    suggestion: 'Find out what uploads with the pool’s stamps.',
  },
  STAMP_EXPIRED: {
    severity: 'warning',
    sentence: 'A stamp expired in the pool.',
    suggestion: 'No action is needed if it was surplus. Otherwise find out why it was not topped up.',
  },
  BLOCK_TIME_MISMATCH: {
    severity: 'warning',
    sentence: 'The time between blocks differs from SWARM_BLOCK_TIME_SECONDS.',
    suggestion:
      'Set SWARM_BLOCK_TIME_SECONDS to the block time of the chain: durations and costs are computed from it.',
  },
  CLOCK_JUMPED: {
    severity: 'warning',
    sentence: 'The clock of the machine has jumped.',
    suggestion:
      'Check the time service of the machine. No time to live changes; the daily spending limit follows the wall clock.',
  },
  STORE_FAILED: {
    severity: 'error',
    sentence: 'The database failed to read or write.',
    suggestion:
      'Check the disk of an SQLite file, or the server and the network of PostgreSQL. Nothing is bought or given out that cannot be written.',
  },
  CANARY_FAILED: {
    severity: 'error',
    sentence: 'An upload with the canary of a node failed, twice in a row.',
    suggestion:
      'Check that the node is connected to its peers, and its log. Clients may not be able to upload with stamps of this node either.',
  },
  HISTORY_FAILED: {
    severity: 'warning',
    sentence: 'The levels could not be added to the history.',
    suggestion:
      'Check the database as for STORE_FAILED. The history has a gap; purchases and acquisitions do not depend on it.',
  },
  FILE_DESCRIPTORS_LOW: {
    severity: 'error',
    sentence: 'The process is running out of file descriptors.',
    suggestion:
      'Raise the limit on open files (LimitNOFILE of systemd, ulimit -n), or lower STAMP_POOL_MAX_CONNECTIONS.',
  },
  WEBHOOKS_NOT_DELIVERED: {
    severity: 'error',
    sentence: 'The webhook receiver has not accepted an event for ten minutes or more.',
    suggestion:
      'Check the receiver, and STAMP_POOL_WEBHOOK_URL and STAMP_POOL_WEBHOOK_SECRET. Each event is sent again for three days. “stamp-pool webhooks test” sends one at once.',
  },
  WEBHOOK_GIVEN_UP: {
    severity: 'error',
    sentence: 'The webhook receiver has not accepted an event for three days. It is not sent again.',
    suggestion:
      'When the receiver works again, “stamp-pool webhooks resend” sends the event once more. “stamp-pool webhooks list” shows what was given up.',
  },
  WEBHOOKS_FAILED: {
    severity: 'error',
    sentence: 'The notifications failed with an internal error.',
    suggestion: 'They are retried. Please report the error, with the log line.',
  },
  ...REPLICA_INCIDENTS,
  ORDER_FAILED: {
    severity: 'error',
    sentence: 'An order ended with an internal error. Its outcome is unknown.',
    suggestion:
      'The pool settles it by what the node shows, and does not pay again before. Please report the error, with the log line.',
  },
  REQUEST_FAILED: {
    severity: 'error',
    sentence: 'A request failed with an internal error.',
    suggestion: 'The client can repeat the request. Please report the error, with the log line.',
  },
  RUN_FAILED: {
    severity: 'error',
    sentence: 'A maintenance run failed with an internal error.',
    suggestion: 'The pool retries. Please report the error, with the log line.',
  },
} as const satisfies Record<string, IncidentKind>;

export type IncidentCode = keyof typeof INCIDENTS;
export const isIncidentCode = (text: string): text is IncidentCode => Object.hasOwn(INCIDENTS, text);

/** These codes have many causes: each distinct detail is an incident of its own, with its own log line. */
export const DISTINCT_BY_DETAIL: ReadonlySet<IncidentCode> = new Set([
  'NODE_INVALID_RESPONSE',
  'PURCHASE_REFUSED',
  'TOP_UP_REFUSED',
  'STORE_FAILED',
  'HISTORY_FAILED',
  'WEBHOOKS_FAILED',
  'CANARY_FAILED',
  'ORDER_FAILED',
  'REQUEST_FAILED',
  'RUN_FAILED',
]);

export interface Incident {
  readonly code: IncidentCode;
  /** The node, batch, order or depth that it is about. */
  readonly subject: string;
  /** The sentence of the code, with details. */
  readonly message: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}
