import { nodeNamesText, nodesText, publicUrlsText } from './node-parsers.ts';
import * as parsers from './parsers.ts';

/** The rows of the settings table about the Bee nodes. */
export const NODE_SETTINGS = {
  nodes: {
    name: 'SWARM_BEE_API_URL',
    parser: nodesText,
    default: null,
    meaning:
      'The Bee node: a URL, or name=URL. Several nodes: name=URL separated by commas. Required when the pool is enabled.',
  },
  beeHeaders: {
    name: 'SWARM_BEE_API_HEADERS_FILE',
    parser: parsers.pathText,
    default: null,
    meaning:
      'A file with headers for each request to Bee, as lines of Name: value, for a Bee node behind a gateway. Other users must not be able to read it. With several nodes: name=path separated by commas.',
  },
  beeCertificates: {
    name: 'SWARM_BEE_API_CA_FILE',
    parser: parsers.pathText,
    default: null,
    meaning:
      'A file with certificates in PEM of a private authority that signs the certificate of Bee. With several nodes: name=path separated by commas.',
  },
  publicUrls: {
    name: 'SWARM_BEE_PUBLIC_URL',
    parser: publicUrlsText,
    default: null,
    meaning:
      'The URL of the node that clients receive for uploads. With several nodes: name=URL separated by commas. Unset: SWARM_BEE_API_URL without user and password.',
  },
  drainedNodes: {
    name: 'STAMP_POOL_NODE_DRAIN',
    parser: nodeNamesText,
    default: null,
    meaning:
      'Names of nodes, separated by commas, that give out the stamps that they have, and buy and top up nothing.',
  },
  nodeAwaySeconds: {
    name: 'STAMP_POOL_NODE_AWAY_SECONDS',
    parser: parsers.intervalText,
    default: '3600',
    meaning:
      'The stamps of a node are given out for this many seconds after its last complete observation, and count as stock twice as long.',
  },
} as const;
