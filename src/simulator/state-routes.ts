import type { BatchStore, StoredBatch } from './batch-store.ts';
import type { Chain } from './chain.ts';
import type { Coroutine } from './coroutines.ts';
import type { Faults } from './faults.ts';
import { hasChequebook, type Identity } from './identity.ts';
import { BUCKET_DEPTH } from './issuers.ts';
import type { BeeNode } from './node.ts';
import { Params } from './params.ts';
import { MINIMUM_VALIDITY_BLOCKS } from './postage-stamp.ts';
import { type ParsedRequest, variable } from './request.ts';
import { json, problem, type SimResponse, text } from './response.ts';
import type { Route } from './router.ts';
import type { Rpc } from './rpc.ts';
import { knownPrice, timeToLive } from './time-to-live.ts';
import type { VersionTraits } from './versions.ts';

/** The routes of the state of the node, its chain and its wallet. */
export function stateRoutes(parts: StateRoutesParts): Route[] {
  const business = { business: true };
  const routes: Route[] = [
    { path: '/', middleware: {}, methods: { ANY: () => text('Ethereum Swarm Bee\n') } },
    { path: '/health', middleware: {}, methods: { ANY: () => json(200, healthBody(parts, 'ok')) } },
    { path: '/readiness', middleware: {}, methods: { ANY: () => readiness(parts) } },
    { path: '/node', middleware: {}, methods: { GET: () => nodeInfo(parts) } },
    { path: '/addresses', middleware: {}, methods: { GET: () => addresses(parts.identity) } },
    { path: '/chainstate', middleware: {}, methods: { GET: () => chainState(parts) } },
    { path: '/status', middleware: business, methods: { GET: () => status(parts) } },
    { path: '/reservestate', middleware: business, methods: { GET: () => reserveState(parts) } },
    { path: '/wallet', middleware: { business: true, chain: true }, methods: { GET: () => wallet(parts) } },
    { path: '/batches', middleware: business, methods: { GET: () => batches(parts) } },
  ];
  if (parts.traits.hasBatchAndLabelRoutes) {
    routes.push({
      path: '/batches/:batch_id',
      middleware: business,
      methods: { GET: (request) => batch(parts, request) },
    });
  }
  return routes;
}

export interface StateRoutesParts {
  readonly chain: Chain;
  readonly node: BeeNode;
  readonly rpc: Rpc;
  readonly faults: Faults;
  readonly identity: Identity;
  readonly traits: VersionTraits;
  readonly blockTimeSeconds: number;
}

function healthBody({ traits: { version, apiVersion } }: StateRoutesParts, state: string): unknown {
  return { status: state, version, apiVersion };
}

/** A node that is ready can still answer 503 on /stamps: docs/bee.md#routes */
function readiness(parts: StateRoutesParts): SimResponse {
  const ready = parts.node.phase !== 'starting';
  return json(ready ? 200 : 400, healthBody(parts, ready ? 'ready' : 'notReady'));
}

function beeMode({ faults }: StateRoutesParts): string {
  return faults.get('ultraLight403') ? 'ultra-light' : 'light';
}

function nodeInfo(parts: StateRoutesParts): SimResponse {
  const enabled = hasChequebook(parts.identity);
  return json(200, { beeMode: beeMode(parts), chequebookEnabled: enabled, swapEnabled: enabled });
}

function addresses({ overlay, underlay, wallet: address, publicKey, pssPublicKey }: Identity): SimResponse {
  const ethereum = `0x${address}`;
  return json(200, { overlay, underlay, ethereum, chain_address: ethereum, publicKey, pssPublicKey });
}

/** A client that aborts this request while the RPC endpoint hangs shuts the node down: docs/bee.md#chainstate-abort */
function* chainState({ chain, node, rpc, faults, traits }: StateRoutesParts): Coroutine<SimResponse> {
  const hung = rpc.hangs();
  let isAnswered = false;
  try {
    const unreachable = faults.get('ultraLight403') || (yield* rpc.reach()) === 'refused';
    isAnswered = true;
    if (unreachable) return problem(500, 'block number unavailable');
  } finally {
    if (hung && !isAnswered) node.shutdown();
  }
  const { store } = node;
  const low = faults.get('tipEstimatedLow');
  return json(200, {
    chainTip: low ? store.block - (low.blocks ?? 1) : chain.tip,
    block: store.block,
    totalAmount: store.totalAmount.toString(),
    currentPrice: knownPrice(store, faults).toString(),
    ...(traits.hasBatchAndLabelRoutes && { minimumValidityBlocks: Number(MINIMUM_VALIDITY_BLOCKS) }),
  });
}

function status(parts: StateRoutesParts): SimResponse {
  const { store } = parts.node;
  return json(200, {
    overlay: parts.identity.overlay,
    proximity: 256,
    beeMode: beeMode(parts),
    reserveSize: 0,
    reserveSizeWithinRadius: 0,
    pullsyncRate: 0,
    storageRadius: 0,
    connectedPeers: 0,
    neighborhoodSize: 1,
    batchCommitment: commitment(store),
    isReachable: false,
    lastSyncedBlock: store.block,
    committedDepth: 0,
    isWarmingUp: true,
  });
}

function reserveState({ node }: StateRoutesParts): SimResponse {
  return json(200, {
    radius: 0,
    storageRadius: 0,
    commitment: commitment(node.store),
    reserveCapacityDoubling: 0,
  });
}

function commitment(store: BatchStore): number {
  return store.all().reduce((sum, { depth }) => sum + 2 ** depth, 0);
}

function* wallet({ chain, rpc, identity, traits }: StateRoutesParts): Coroutine<SimResponse> {
  if (traits.walletNeedsChequebook && !hasChequebook(identity)) {
    return problem(403, 'Chequebook is disabled. This endpoint is unavailable.');
  }
  if ((yield* rpc.reach()) === 'refused') {
    return problem(500, 'unable to acquire balance from the chain backend');
  }
  const { bzzPlur, xdaiWei } = chain.balance(identity.wallet);
  return json(200, {
    bzzBalance: bzzPlur.toString(),
    nativeTokenBalance: xdaiWei.toString(),
    chainID: chain.chainId,
    chequebookContractAddress: `0x${identity.chequebook}`,
    walletAddress: `0x${identity.wallet}`,
  });
}

function batches(parts: StateRoutesParts): SimResponse {
  return json(200, { batches: parts.node.store.all().map((one) => batchBody(parts, one)) });
}

function batch(parts: StateRoutesParts, request: ParsedRequest): SimResponse {
  const params = new Params();
  const batchId = params.batchId(variable(request, 'batch_id'));
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  const found = parts.node.store.get(batchId);
  return found ? json(200, batchBody(parts, found)) : problem(404, 'batch not found');
}

function batchBody({ node, faults, blockTimeSeconds }: StateRoutesParts, found: StoredBatch): unknown {
  const { batchId, value, start, owner, depth, immutable } = found;
  return {
    batchID: batchId,
    value: value.toString(),
    start,
    owner,
    depth,
    bucketDepth: BUCKET_DEPTH,
    immutable,
    batchTTL: timeToLive(node.store, batchId, { faults, blockTimeSeconds }),
  };
}
