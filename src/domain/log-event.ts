/** The events of log lines about money and stamps. A line of a decision has its reason. */
export const LOG_EVENTS = {
  ordered: 'A purchase or top-up was written to disk, and its request to Bee starts',
  answered: 'Bee answered that an order is done. That is a claim',
  confirmed: 'The node has shown what an order paid for',
  rejected: 'Bee refused an order: nothing was paid',
  unknown: 'The outcome of an order is unknown. It counts as stock and as money spent',
  abandoned: 'An order of unknown outcome did not appear in time, or was never sent',
  available: 'A stamp can be acquired',
  adopted: 'A batch that the pool did not buy was taken into the pool',
  expired: 'The time to live of a stamp is over',
  acquired: 'A stamp was given to a client, permanently',
  replayed: 'A client repeated an acquisition with its idempotency key, and got the same stamp',
  held: 'A decision not to act',
  nodePinned: 'The stock of a node belongs to this address from now on',
  nodeChanged: 'Another node answers under the name of this one',
  nodeReturned: 'The right node answers again',
  leaseTaken: 'This process makes the runs of a node from now on',
  leaseLost: 'This process lost the lease of a node, and stands by',
  leaseReleased: 'This process released the lease of a node when it stopped',
  transactionsSuperseded: 'The node still lists transactions as pending that can no longer be mined',
  canaryWorks: 'An upload with the canary of a node succeeded, for the first time or after a failure',
  incident: 'Something went wrong; `code` says what',
} as const satisfies Record<string, string>;

type LogEvent = keyof typeof LOG_EVENTS;

/** The fields of a log line, and its text. */
export interface LogLine {
  readonly fields: { readonly event: LogEvent } & Readonly<Record<string, unknown>>;
  readonly message: string;
}
