import type { Coroutine } from './coroutines.ts';
import type { Faults } from './faults.ts';
import { BUCKET_DEPTH, bucketSize, type Issuer } from './issuers.ts';
import type { BeeNode } from './node.ts';
import {
  type Gas,
  OperationRefused,
  type OperationResult,
  type Operations,
  type RefusalReason,
} from './operations.ts';
import { Params } from './params.ts';
import type { Random } from './random.ts';
import { type ParsedRequest, variable } from './request.ts';
import { json, problem, type SimResponse } from './response.ts';
import type { Route } from './router.ts';
import { timeToLive } from './time-to-live.ts';
import type { VersionTraits } from './versions.ts';

/** The routes of the node's own stamps: list, buy, top up, dilute. */
export function stampRoutes(parts: StampRoutesParts): Route[] {
  const reads = { business: true, chain: true, synced: true };
  const operation = { ...reads, operation: true, gas: badGas };
  const one = { GET: (request: ParsedRequest) => getStamp(parts, request) };
  const label = { PATCH: (request: ParsedRequest) => setLabel(parts, request) };
  return [
    { path: '/stamps', middleware: reads, methods: { GET: (request) => listStamps(parts, request) } },
    {
      path: '/stamps/:batch_id',
      middleware: reads,
      methods: parts.traits.hasBatchAndLabelRoutes ? { ...one, ...label } : one,
    },
    {
      path: '/stamps/:batch_id/buckets',
      middleware: reads,
      methods: { GET: (request) => getBuckets(parts, request) },
    },
    {
      path: '/stamps/:amount/:depth',
      middleware: operation,
      methods: { POST: (request) => buy(parts, request) },
    },
    {
      path: '/stamps/topup/:batch_id/:amount',
      middleware: operation,
      methods: { PATCH: (request) => topUp(parts, request) },
    },
    {
      path: '/stamps/dilute/:batch_id/:depth',
      middleware: operation,
      methods: { PATCH: (request) => dilute(parts, request) },
    },
  ];
}

export interface StampRoutesParts {
  readonly node: BeeNode;
  readonly faults: Faults;
  readonly operations: Operations;
  readonly random: Random;
  readonly traits: VersionTraits;
  readonly blockTimeSeconds: number;
}

/** An issuer whose batch is not in the batch store yet is not listed, although it is bought. docs/bee.md#visibility */
function listStamps(parts: StampRoutesParts, request: ParsedRequest): SimResponse {
  const { node, faults, random } = parts;
  if (faults.take('stampsEmpty', request)) return json(200, { stamps: [] });
  const half = faults.take('stampsPartial', request) !== undefined;
  const stamps: unknown[] = [];
  for (const issuer of node.issuers.all()) {
    if (node.store.get(issuer.batchId) === undefined) continue;
    if (!half || random.below(2) === 0) stamps.push(stampBody(parts, issuer));
  }
  return json(200, { stamps });
}

function getStamp(parts: StampRoutesParts, request: ParsedRequest): SimResponse {
  const found = findUsable(parts, request);
  if ('status' in found) return found;
  if (parts.node.store.get(found.batchId) === undefined) return problem(404, 'issuer does not exist');
  return json(200, stampBody(parts, found));
}

function getBuckets(parts: StampRoutesParts, request: ParsedRequest): SimResponse {
  const found = findUsable(parts, request);
  if ('status' in found) return found;
  const buckets = Array.from({ length: 2 ** BUCKET_DEPTH }, (_, bucketID) => ({
    bucketID,
    collisions: found.buckets.get(bucketID) ?? 0,
  }));
  const { depth } = found;
  return json(200, { depth, bucketDepth: BUCKET_DEPTH, bucketUpperBound: bucketSize(found), buckets });
}

function findUsable({ node }: StampRoutesParts, request: ParsedRequest): Issuer | SimResponse {
  const params = new Params();
  const batchId = params.batchId(variable(request, 'batch_id'));
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  const issuer = node.issuers.get(batchId);
  if (issuer === undefined) return problem(404, 'issuer does not exist');
  return node.usable(issuer) ? issuer : problem(400, 'batch not usable');
}

function stampBody({ node, traits, faults, blockTimeSeconds }: StampRoutesParts, issuer: Issuer): unknown {
  const { batchId, utilization, label, depth, amount, blockNumber, immutable } = issuer;
  return {
    batchID: batchId,
    utilization,
    ...(traits.hasBatchAndLabelRoutes && { utilizationRatio: utilization / bucketSize(issuer) }),
    usable: node.usable(issuer),
    label,
    depth,
    amount: amount.toString(),
    bucketDepth: BUCKET_DEPTH,
    blockNumber,
    immutableFlag: immutable,
    exists: true,
    batchTTL: timeToLive(node.store, batchId, { faults, blockTimeSeconds }),
  };
}

function setLabel({ node }: StampRoutesParts, request: ParsedRequest): SimResponse {
  const params = new Params();
  const batchId = params.batchId(variable(request, 'batch_id'));
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  const label = labelIn(request.body);
  if (label === undefined) return problem(400, 'invalid request body');
  if (label.trim() === '') return problem(400, 'label is required');
  const issuer = node.issuers.get(batchId);
  if (issuer === undefined) return problem(404, 'issuer does not exist');
  node.issuers.setLabel(issuer, label);
  return json(200, { code: 200, message: 'OK' });
}

/** Decodes as Go does: other fields are ignored, and a missing label is empty. */
function labelIn(body: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined;
    if (!('label' in parsed) || parsed.label === null) return '';
    return typeof parsed.label === 'string' ? parsed.label : undefined;
  } catch {
    return undefined;
  }
}

function* buy({ operations }: StampRoutesParts, request: ParsedRequest): Coroutine<SimResponse> {
  const path = new Params();
  const amount = path.bigInt(variable(request, 'amount'), 'amount');
  const depth = path.depth(variable(request, 'depth'), BUCKET_DEPTH + 1);
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const header = new Params();
  const given = request.headers['immutable'];
  const immutable = given === undefined ? true : header.boolean(given, 'Immutable');
  if (header.reasons.length > 0) return problem(400, 'invalid header params', header.reasons);
  const purchase = { amount, depth, immutable, label: request.query.get('label') ?? '' };
  return yield* respondWith(operations.create(purchase, gasOf(request), request), 201, CREATE_REFUSALS);
}

function* topUp({ operations }: StampRoutesParts, request: ParsedRequest): Coroutine<SimResponse> {
  const path = new Params();
  const batchId = path.batchId(variable(request, 'batch_id'));
  const amount = path.bigInt(variable(request, 'amount'), 'amount');
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const coroutine = operations.topUp(batchId, amount, { gas: gasOf(request), target: request });
  return yield* respondWith(coroutine, 202, TOP_UP_REFUSALS);
}

function* dilute({ operations }: StampRoutesParts, request: ParsedRequest): Coroutine<SimResponse> {
  const path = new Params();
  const batchId = path.batchId(variable(request, 'batch_id'));
  const depth = path.depth(variable(request, 'depth'));
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const coroutine = operations.dilute(batchId, depth, { gas: gasOf(request), target: request });
  return yield* respondWith(coroutine, 202, DILUTE_REFUSALS);
}

type Refusals = Readonly<Record<RefusalReason, readonly [status: number, message: string]>>;

const TOO_SHORT = [400, 'insufficient amount for 24h minimum validity'] as const;
const BAD_DEPTH = [400, 'invalid depth'] as const;
const CREATE_REFUSALS: Refusals = {
  funds: [400, 'out of funds'],
  validity: TOO_SHORT,
  depth: BAD_DEPTH,
  failed: [500, 'cannot create batch'],
};
const TOP_UP_REFUSALS: Refusals = {
  funds: [402, 'out of funds'],
  validity: TOO_SHORT,
  depth: BAD_DEPTH,
  failed: [500, 'cannot topup batch'],
};
const DILUTE_REFUSALS: Refusals = { ...TOP_UP_REFUSALS, failed: [500, 'cannot dilute batch'] };

function* respondWith(
  coroutine: Coroutine<OperationResult>,
  status: number,
  refusals: Refusals,
): Coroutine<SimResponse> {
  try {
    const { batchId, txHash } = yield* coroutine;
    return json(status, { batchID: batchId, txHash: `0x${txHash}` });
  } catch (error) {
    if (error instanceof OperationRefused) return problem(...refusals[error.reason]);
    throw error;
  }
}

function badGas(request: ParsedRequest): SimResponse | undefined {
  const params = new Params();
  readGas(request, params);
  return params.reasons.length > 0 ? problem(400, 'invalid header params', params.reasons) : undefined;
}

function gasOf(request: ParsedRequest): Gas {
  return readGas(request, new Params());
}

function readGas(request: ParsedRequest, params: Params): Gas {
  const { 'gas-price': price, 'gas-limit': limit } = request.headers;
  return {
    gasPrice: price === undefined ? undefined : params.bigInt(price, 'Gas-Price'),
    gasLimit: limit === undefined ? undefined : params.number(limit, 'Gas-Limit'),
  };
}
