import type { Job } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { Issuer } from './issuers.ts';
import { BUCKET_DEPTH, bucketSize } from './issuers.ts';
import type { BeeNode } from './node.ts';
import type { Done, Gas, Operations, Refusal } from './operations.ts';
import { Refused } from './operations.ts';
import { Params } from './params.ts';
import type { Random } from './random.ts';
import type { Call } from './request.ts';
import { variable } from './request.ts';
import type { SimResponse } from './response.ts';
import { json, problem } from './response.ts';
import type { Route } from './router.ts';
import { timeToLive } from './time-to-live.ts';
import type { VersionTraits } from './versions.ts';

export interface StampRoutesParts {
  readonly node: BeeNode;
  readonly faults: Faults;
  readonly operations: Operations;
  readonly random: Random;
  readonly traits: VersionTraits;
  readonly blockTimeSeconds: number;
}

export function stampRoutes(parts: StampRoutesParts): Route[] {
  const reads = { business: true, chain: true, synced: true };
  const operation = { ...reads, operation: true, gas: badGas };
  const one = { GET: (call: Call) => getStamp(parts, call) };
  const label = { PATCH: (call: Call) => setLabel(parts, call) };
  return [
    { path: '/stamps', gates: reads, methods: { GET: (call) => listStamps(parts, call) } },
    {
      path: '/stamps/:batch_id',
      gates: reads,
      methods: parts.traits.hasBatchAndLabelRoutes ? { ...one, ...label } : one,
    },
    { path: '/stamps/:batch_id/buckets', gates: reads, methods: { GET: (call) => getBuckets(parts, call) } },
    { path: '/stamps/:amount/:depth', gates: operation, methods: { POST: (call) => buy(parts, call) } },
    {
      path: '/stamps/topup/:batch_id/:amount',
      gates: operation,
      methods: { PATCH: (call) => topUp(parts, call) },
    },
    {
      path: '/stamps/dilute/:batch_id/:depth',
      gates: operation,
      methods: { PATCH: (call) => dilute(parts, call) },
    },
  ];
}

/** An issuer whose batch the listener has not stored is skipped: bought, but invisible. docs/bee.md#visibility */
function listStamps(parts: StampRoutesParts, call: Call): SimResponse {
  const { node, faults, random } = parts;
  if (faults.take('stampsEmpty', call)) return json(200, { stamps: [] });
  const half = faults.take('stampsPartial', call) !== undefined;
  const stamps: unknown[] = [];
  for (const issuer of node.issuers.all()) {
    if (node.store.get(issuer.batchId) === undefined) continue;
    if (!half || random.below(2) === 0) stamps.push(stampBody(parts, issuer));
  }
  return json(200, { stamps });
}

function getStamp(parts: StampRoutesParts, call: Call): SimResponse {
  const found = findUsable(parts, call);
  if ('status' in found) return found;
  if (parts.node.store.get(found.batchId) === undefined) return problem(404, 'issuer does not exist');
  return json(200, stampBody(parts, found));
}

function getBuckets(parts: StampRoutesParts, call: Call): SimResponse {
  const found = findUsable(parts, call);
  if ('status' in found) return found;
  const buckets = Array.from({ length: 2 ** BUCKET_DEPTH }, (_, bucketID) => ({
    bucketID,
    collisions: found.buckets.get(bucketID) ?? 0,
  }));
  const { depth } = found;
  return json(200, { depth, bucketDepth: BUCKET_DEPTH, bucketUpperBound: bucketSize(found), buckets });
}

function findUsable({ node }: StampRoutesParts, call: Call): Issuer | SimResponse {
  const params = new Params();
  const batchId = params.batchId(variable(call, 'batch_id'));
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

function setLabel({ node }: StampRoutesParts, call: Call): SimResponse {
  const params = new Params();
  const batchId = params.batchId(variable(call, 'batch_id'));
  if (params.reasons.length > 0) return problem(400, 'invalid path params', params.reasons);
  const label = labelIn(call.body);
  if (label === undefined) return problem(400, 'invalid request body');
  if (label.trim() === '') return problem(400, 'label is required');
  const issuer = node.issuers.get(batchId);
  if (issuer === undefined) return problem(404, 'issuer does not exist');
  node.issuers.setLabel(issuer, label);
  return json(200, { code: 200, message: 'OK' });
}

/** As Go decodes into a struct with one string: other fields are ignored, a missing one is empty. */
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

function* buy({ operations }: StampRoutesParts, call: Call): Job<SimResponse> {
  const path = new Params();
  const amount = path.bigInt(variable(call, 'amount'), 'amount');
  const depth = path.depth(variable(call, 'depth'), BUCKET_DEPTH + 1);
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const header = new Params();
  const given = call.headers['immutable'];
  const immutable = given === undefined ? true : header.boolean(given, 'Immutable');
  if (header.reasons.length > 0) return problem(400, 'invalid header params', header.reasons);
  const purchase = { amount, depth, immutable, label: call.query.get('label') ?? '' };
  return yield* answered(operations.create(purchase, gasOf(call), call), 201, CREATE_REFUSALS);
}

function* topUp({ operations }: StampRoutesParts, call: Call): Job<SimResponse> {
  const path = new Params();
  const batchId = path.batchId(variable(call, 'batch_id'));
  const amount = path.bigInt(variable(call, 'amount'), 'amount');
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const job = operations.topUp(batchId, amount, { gas: gasOf(call), target: call });
  return yield* answered(job, 202, TOP_UP_REFUSALS);
}

function* dilute({ operations }: StampRoutesParts, call: Call): Job<SimResponse> {
  const path = new Params();
  const batchId = path.batchId(variable(call, 'batch_id'));
  const depth = path.depth(variable(call, 'depth'));
  if (path.reasons.length > 0) return problem(400, 'invalid path params', path.reasons);
  const job = operations.dilute(batchId, depth, { gas: gasOf(call), target: call });
  return yield* answered(job, 202, DILUTE_REFUSALS);
}

type Refusals = Readonly<Record<Refusal, readonly [status: number, message: string]>>;

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

function* answered(job: Job<Done>, status: number, refusals: Refusals): Job<SimResponse> {
  try {
    const { batchId, txHash } = yield* job;
    return json(status, { batchID: batchId, txHash: `0x${txHash}` });
  } catch (error) {
    if (error instanceof Refused) return problem(...refusals[error.why]);
    throw error;
  }
}

function badGas(call: Call): SimResponse | undefined {
  const params = new Params();
  readGas(call, params);
  return params.reasons.length > 0 ? problem(400, 'invalid header params', params.reasons) : undefined;
}

function gasOf(call: Call): Gas {
  return readGas(call, new Params());
}

function readGas(call: Call, params: Params): Gas {
  const { 'gas-price': price, 'gas-limit': limit } = call.headers;
  return {
    gasPrice: price === undefined ? undefined : params.bigInt(price, 'Gas-Price'),
    gasLimit: limit === undefined ? undefined : params.number(limit, 'Gas-Limit'),
  };
}
