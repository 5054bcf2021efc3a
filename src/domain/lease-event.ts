import type { LogLine } from './log-event.ts';
import type { NodeName } from './units.ts';

/** What became of a node's lease. `released`: it was given over when the holder stopped. */
export interface LeaseEvent {
  readonly is: 'taken' | 'lost' | 'released';
  readonly node: NodeName;
  readonly token: number;
}

export function lineOfLease({ is, node, token }: LeaseEvent): LogLine {
  const fields = { event: LOG_EVENTS[is], node, token };
  const message = { taken: 'makes its runs', lost: 'stands by', released: 'stops' }[is];
  return { fields, message: `lease ${token} of node ${node} is ${is}: this process ${message}` };
}

const LOG_EVENTS = { taken: 'leaseTaken', lost: 'leaseLost', released: 'leaseReleased' } as const;
