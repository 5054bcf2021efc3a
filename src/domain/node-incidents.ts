import type { IncidentKind } from './incident-kind.ts';

/** The incidents of a node as a whole. */
export const NODE_INCIDENTS = {
  NODE_UNREACHABLE: {
    severity: 'error',
    sentence: 'The Bee node does not answer.',
    suggestion:
      'Check that Bee runs, that SWARM_BEE_API_URL is right, and that Bee can reach its chain RPC endpoint. Stock is given out for STAMP_POOL_NODE_AWAY_SECONDS.',
  },
  NODE_SYNCING: {
    severity: 'warning',
    sentence: 'The Bee node is syncing.',
    suggestion:
      'Wait. If it lasts, check the node’s chain RPC endpoint. Stock is given out for STAMP_POOL_NODE_AWAY_SECONDS.',
  },
  NODE_BEHIND: {
    severity: 'warning',
    sentence: 'The Bee node is too far behind the chain: what it shows is outdated.',
    suggestion: 'Wait. If it lasts, check the node’s chain RPC endpoint. Stock is still given out.',
  },
  NODE_INVALID_RESPONSE: {
    severity: 'error',
    sentence: 'The Bee node, or a proxy in front of it, gave an invalid response.',
    suggestion:
      'Check that SWARM_BEE_API_URL points at a Bee node of version 2.7 or later, and that no proxy changes its responses. If it is 401 or 403, check the user in that URL, or SWARM_BEE_API_HEADERS_FILE.',
  },
  NODE_CHANGED: {
    severity: 'error',
    sentence: 'The node at SWARM_BEE_API_URL is not the one that owns the stock, or not on its chain.',
    suggestion:
      'Point SWARM_BEE_API_URL at the node that owns the stock, without a load balancer in between, and that node at its chain. To move to another node on purpose, see “Moving to another node” in docs/operating.md. If the chain on record was never the node’s own, see “To another chain” there.',
  },
  NODE_AWAY: {
    severity: 'error',
    sentence:
      'The Bee node has not been completely observed for longer than STAMP_POOL_NODE_AWAY_SECONDS. Its stamps are not given out.',
    suggestion:
      'Another incident of the node says why it cannot be observed. Its stamps are given out again after the next complete observation. They count as stock for twice as long; then what is missing is bought with other nodes.',
  },
  CHAIN_DISABLED: {
    severity: 'error',
    sentence: 'The Bee node runs without a chain and cannot buy.',
    suggestion: 'Run Bee as a light or full node, with --blockchain-rpc-endpoint.',
  },
  BUSY: {
    severity: 'info',
    sentence: 'The Bee node was busy with another on-chain operation.',
    suggestion:
      'No action is needed: the pool retries. If it lasts, find out what else uses the node’s wallet.',
  },
} as const satisfies Record<string, IncidentKind>;
