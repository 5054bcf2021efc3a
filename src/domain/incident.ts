/** How an operator should take it: `info` needs nobody, `warning` soon somebody, `error` now somebody. */
export type Severity = 'info' | 'warning' | 'error';

interface IncidentKind {
  readonly severity: Severity;
  readonly sentence: string;
  readonly suggestion: string;
}

/** Everything that can go wrong. GraphQL's enum, the metric's label and the table in docs/operating.md derive from it. */
export const INCIDENTS = {
  NODE_UNREACHABLE: {
    severity: 'error',
    sentence: 'The Bee node did not answer.',
    suggestion:
      'Check that Bee runs, that SWARM_BEE_API_URL is right, and that its chain RPC answers. Stock is still given out.',
  },
  NODE_SYNCING: {
    severity: 'warning',
    sentence: 'The Bee node is still syncing.',
    suggestion: 'Wait. If it lasts, check the node’s chain RPC endpoint.',
  },
  NODE_BEHIND: {
    severity: 'warning',
    sentence: 'The Bee node is too far behind the chain to decide on what it shows.',
    suggestion: 'Wait. If it lasts, check the node’s chain RPC endpoint.',
  },
  NODE_INVALID_RESPONSE: {
    severity: 'error',
    sentence: 'The Bee node, or something in front of it, answered what Bee does not say.',
    suggestion:
      'Check for a proxy in front of Bee, and that SWARM_BEE_API_URL points at a Bee node of version 2.7 or later.',
  },
  NODE_CHANGED: {
    severity: 'error',
    sentence: 'Another Bee node answers at SWARM_BEE_API_URL than the one that owns the stock.',
    suggestion:
      'Point SWARM_BEE_API_URL at the node that owns the stock, past any load balancer. To move to another node on purpose, see docs/operating.md, “Moving to another node”.',
  },
  CHAIN_DISABLED: {
    severity: 'error',
    sentence: 'The Bee node runs without a chain and can buy nothing.',
    suggestion: 'Run Bee as a light or full node, with --blockchain-rpc-endpoint.',
  },
  BUSY: {
    severity: 'info',
    sentence: 'The Bee node was busy with another on-chain operation.',
    suggestion: 'Nothing: it is tried again. If it lasts, find out who else uses the node’s wallet.',
  },
  PURCHASE_REFUSED: {
    severity: 'error',
    sentence: 'Bee refused a purchase; nothing was bought.',
    suggestion: 'Read Bee’s message; funds and price are the usual causes.',
  },
  PURCHASE_UNKNOWN: {
    severity: 'warning',
    sentence: 'It is not known whether a purchase went through.',
    suggestion: 'Nothing: it is settled from what the chain shows, and not bought again before.',
  },
  PURCHASE_NOT_SHOWN: {
    severity: 'error',
    sentence: 'Bee answered that a purchase is made, and the node does not show its batch.',
    suggestion:
      'Start Bee with --resync: the batch comes into the pool when the node shows it. Until then nothing more is bought, at first for a day, then longer each time.',
  },
  PURCHASE_ABANDONED: {
    severity: 'warning',
    sentence: 'A purchase of unknown outcome did not appear on the chain and is given up.',
    suggestion:
      'The need is bought for again, after a wait that grows when it happens repeatedly. Look at the node’s log for the cause. If its wallet has paid all the same, the node has missed it: start Bee with --resync, and the batch comes in.',
  },
  PURCHASE_LATE: {
    severity: 'warning',
    sentence: 'A purchase that had been given up was mined after all; the stamp is in the pool as surplus.',
    suggestion:
      'Nothing: this is the one case in which a need is paid for twice. Look at the node’s gas price and RPC.',
  },
  PURCHASE_AMBIGUOUS: {
    severity: 'error',
    sentence: 'More than one batch on the node matches one purchase.',
    suggestion:
      'Somebody else uses the node’s wallet, or makes batches in its name. Look at the batches named.',
  },
  TOP_UP_REFUSED: {
    severity: 'error',
    sentence: 'Bee refused a top-up; nothing was paid.',
    suggestion: 'Read Bee’s message; funds are the usual cause.',
  },
  TOP_UP_UNKNOWN: {
    severity: 'warning',
    sentence: 'It is not known whether a top-up went through.',
    suggestion: 'Nothing: it is settled from what the chain shows, and not paid again before.',
  },
  PURCHASE_UNACCOUNTED: {
    severity: 'error',
    sentence: 'The node shows a batch that bears the mark of a purchase of the pool but settles none.',
    suggestion:
      'Compare it with the order named. A proxy in front of Bee may have repeated a request or replayed an answer, or somebody else uses the wallet. The batch is not given out.',
  },
  TOP_UP_NOT_SHOWN: {
    severity: 'error',
    sentence: 'Bee answered that a top-up is made, and the node does not show it.',
    suggestion:
      'Start Bee with --resync. Nothing more is paid for this stamp until the node shows the top-up.',
  },
  TOP_UP_ABANDONED: {
    severity: 'warning',
    sentence: 'A top-up of unknown outcome did not appear on the chain and is given up.',
    suggestion:
      'Nothing: it is tried again if it is still needed, after a wait that grows when it happens repeatedly.',
  },
  TRANSACTION_STUCK: {
    severity: 'error',
    sentence: 'A postage transaction of the node has been pending for long; nothing is bought meanwhile.',
    suggestion:
      'Cancel it on the node: DELETE /transactions/{hash}. The pool goes on when it has seen the cancellation mined. If this is reported again, the node still lists it: any send clears the list, for example PATCH /stamps/topup/{a batch of the node}/0, which costs only gas; so does a restart of Bee. POST /transactions/{hash} does not help.',
  },
  WALLET_BZZ: {
    severity: 'error',
    sentence: 'The node’s wallet has too little BZZ.',
    suggestion: 'Send BZZ to the node’s wallet, or lower the reserve or STAMP_POOL_WALLET_FLOOR_BZZ.',
  },
  WALLET_XDAI: {
    severity: 'error',
    sentence: 'The node’s wallet has too little xDAI to pay for gas.',
    suggestion: 'Send xDAI to the node’s wallet.',
  },
  BUDGET: {
    severity: 'error',
    sentence: 'The limit on spending per day is reached.',
    suggestion:
      'Check STAMP_POOL_RESERVE for a typing mistake; raise STAMP_POOL_MAX_SPEND_BZZ_PER_DAY if the need is real.',
  },
  ORDER_ABOVE_LIMIT: {
    severity: 'error',
    sentence: 'One order would cost more than STAMP_POOL_MAX_ORDER_BZZ.',
    suggestion: 'Raise STAMP_POOL_MAX_ORDER_BZZ, or ask for less depth or duration.',
  },
  PRICE_TOO_HIGH: {
    severity: 'error',
    sentence: 'The price of storage is above STAMP_POOL_MAX_PRICE_PLUR.',
    suggestion: 'Wait, or raise STAMP_POOL_MAX_PRICE_PLUR.',
  },
  PRICE_UNKNOWN: {
    severity: 'warning',
    sentence: 'The node does not know the price of storage.',
    suggestion: 'Wait for the node to sync. If it lasts, check its chain RPC endpoint.',
  },
  STAMP_WITHHELD: {
    severity: 'warning',
    sentence:
      'The node does not show a stamp of the pool as usable; it is not given out, and still counts as stock.',
    suggestion:
      'Nothing, if the node has just been restarted. If it lasts, check the node’s data and its chain RPC endpoint.',
  },
  STAMP_MISSING: {
    severity: 'error',
    sentence:
      'The node has not shown a stamp of the pool for long; it is not given out and no longer counts as stock.',
    suggestion: 'Check the node’s data; a resync may bring it back, and then it is back in the pool too.',
  },
  STAMP_UNSTABLE: {
    severity: 'error',
    sentence:
      'The node has stopped showing a stamp again within a day; it is not given out, and not replaced before the day is over.',
    suggestion:
      'Check the node’s data, and whether a proxy or balancer in front of it answers for more than one node.',
  },
  STAMP_DELAYED: {
    severity: 'warning',
    sentence:
      'The node has shown a stamp for long, but not as usable with a time to live; it counts as on order.',
    suggestion:
      'Check that the node keeps up with the chain and knows the price: its log and its chain RPC endpoint.',
  },
  STAMP_DILUTED: {
    severity: 'warning',
    sentence:
      'A stamp of the pool was diluted by somebody else; it has a larger depth now, and less time to live.',
    suggestion: 'Find out who uses the node: only the owner of a batch can dilute it.',
  },
  STAMP_IN_USE: {
    severity: 'error',
    sentence: 'A stamp shows use although it belongs to nobody but the pool; it is not given out.',
    suggestion: 'Find out who uploads with the pool’s stamps.',
  },
  STAMP_EXPIRED: {
    severity: 'warning',
    sentence: 'A stamp expired in the pool.',
    suggestion: 'Nothing when it was surplus. Otherwise look for what kept it from being topped up.',
  },
  BLOCK_TIME_MISMATCH: {
    severity: 'warning',
    sentence: 'Blocks come at another pace than SWARM_BLOCK_TIME_SECONDS says.',
    suggestion:
      'Set SWARM_BLOCK_TIME_SECONDS to the chain’s block time: durations and costs are reckoned with it.',
  },
  CLOCK_JUMPED: {
    severity: 'warning',
    sentence: 'The machine’s clock has jumped.',
    suggestion:
      'Check the machine’s time service. No time to live changes; the limit on spending per day counts by the wall clock.',
  },
  STORE_FAILED: {
    severity: 'error',
    sentence: 'The database did not take a write or a read.',
    suggestion:
      'Check the disk’s space and health; nothing is bought or given out that could not be written down.',
  },
  FILE_DESCRIPTORS_LOW: {
    severity: 'error',
    sentence: 'The process is running out of file descriptors.',
    suggestion:
      'Raise the limit on open files (LimitNOFILE of systemd, ulimit -n), or lower STAMP_POOL_MAX_CONNECTIONS.',
  },
  ORDER_FAILED: {
    severity: 'error',
    sentence: 'An order ended with an internal error; its outcome is unknown.',
    suggestion:
      'It is settled from what the chain shows, and nothing is paid again before. Please report it, with the log line.',
  },
  REQUEST_FAILED: {
    severity: 'error',
    sentence: 'A request failed with an internal error.',
    suggestion: 'The request can be sent again. Please report it, with the log line.',
  },
  RUN_FAILED: {
    severity: 'error',
    sentence: 'A run of the reconciler failed for a reason that nobody thought of.',
    suggestion: 'It is tried again. Please report it, with the log line.',
  },
} as const satisfies Record<string, IncidentKind>;

export type IncidentCode = keyof typeof INCIDENTS;

/** One code stands for many causes here: another detail is another incident, with a log line of its own. */
export const TOLD_APART_BY_DETAIL: ReadonlySet<IncidentCode> = new Set([
  'NODE_INVALID_RESPONSE',
  'PURCHASE_REFUSED',
  'TOP_UP_REFUSED',
  'STORE_FAILED',
  'ORDER_FAILED',
  'REQUEST_FAILED',
  'RUN_FAILED',
]);

export interface Incident {
  readonly code: IncidentCode;
  /** What it is about: a node, a batch, an order, a depth. */
  readonly subject: string;
  /** The sentence with the particulars. */
  readonly message: string;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}
