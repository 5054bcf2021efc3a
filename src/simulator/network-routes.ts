import type { Chain } from './chain.ts';
import type { Identity } from './identity.ts';
import { json, problem, type SimResponse, text } from './response.ts';
import type { Route } from './router.ts';
import type { VersionTraits } from './versions.ts';

/** Routes about the network. This node is a light node without peers, stake and storage incentives. */
export function networkRoutes(parts: NetworkRoutesParts): Route[] {
  const business = { business: true };
  const noIncentives = (): SimResponse =>
    problem(403, 'Storage incentives are disabled. This endpoint is unavailable.');
  return [
    { path: '/peers', middleware: business, methods: { GET: () => json(200, { peers: [] }) } },
    { path: '/blocklist', middleware: business, methods: { GET: () => json(200, { peers: [] }) } },
    { path: '/topology', middleware: business, methods: { GET: () => topology(parts) } },
    { path: '/stake', middleware: business, methods: { GET: () => json(200, { stakedAmount: '0' }) } },
    { path: '/redistributionstate', middleware: business, methods: { ANY: noIncentives } },
    { path: '/metrics', middleware: {}, methods: { ANY: () => metrics(parts) } },
  ];
}

export interface NetworkRoutesParts {
  readonly chain: Chain;
  readonly identity: Identity;
  readonly traits: VersionTraits;
  readonly timeOfBlock: (block: number) => Date;
}

const BINS = 32;

function topology({ chain, identity, timeOfBlock }: NetworkRoutesParts): SimResponse {
  const bin = { population: 0, connected: 0, disconnectedPeers: null, connectedPeers: null };
  const snapshot = {
    baseAddr: identity.overlay,
    population: 0,
    connected: 0,
    timestamp: timeOfBlock(chain.tip).toISOString(),
    nnLowWatermark: 2,
    depth: 0,
    reachability: 'Unknown',
    networkAvailability: 'Unknown',
    bins: Object.fromEntries(Array.from({ length: BINS }, (_, index) => [`bin_${index}`, bin])),
    lightNodes: bin,
  };
  const response = json(200, snapshot);
  return { ...response, body: response.body.trimEnd() }; // Bee does not use its usual encoder here
}

/** A few of the series of a real node, in the Prometheus text format. */
function metrics({ traits: { version } }: NetworkRoutesParts): SimResponse {
  const lines = [
    '# HELP bee_api_request_count Number of API requests.',
    '# TYPE bee_api_request_count counter',
    'bee_api_request_count 0',
    '# HELP bee_info Bee information.',
    '# TYPE bee_info gauge',
    `bee_info{version="${version}"} 1`,
    '',
  ];
  const headers = {
    'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  };
  return { ...text(lines.join('\n')), headers };
}
