import type { IncidentKind } from './incident-kind.ts';

/** The part of INCIDENTS about leases, and about processes that are paused or slow. */
export const REPLICA_INCIDENTS = {
  OBSERVATION_OLD: {
    severity: 'warning',
    sentence:
      'More than two minutes passed between the observation of a node and the plan, so nothing was decided.',
    suggestion:
      'No action is needed if it happens once: the next run observes the node again. If it lasts, nothing is bought or topped up: check the speed of the database, and whether the process is paused or the machine overloaded. Stock is still given out.',
  },
  ORDER_NOT_SENT: {
    severity: 'warning',
    sentence: 'The request of an order was not sent, because it could not be sent in time.',
    suggestion:
      'No action is needed: nothing was paid, and the pool retries. If it lasts, check the speed of the database, and whether the process is paused or the machine overloaded.',
  },
  LEASE_LOST: {
    severity: 'warning',
    sentence:
      'This process has lost the lease of a node, and makes no more runs of it. Another process takes over.',
    suggestion:
      'No action is needed if it happens once. If it lasts, check the connection to the database, and whether the process is paused or the machine overloaded.',
  },
  SETTINGS_DIFFER: {
    severity: 'warning',
    sentence:
      'The processes of the pool have different settings. For a node, those of the process that makes its runs count.',
    suggestion:
      'Give all processes of the pool the same settings, and restart those that have others. During a rolling change of the settings, no action is needed.',
  },
} as const satisfies Record<string, IncidentKind>;
