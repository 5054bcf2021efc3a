import { createHash } from 'node:crypto';
import type { Call } from './call.ts';
import type { BeeNode } from './node.ts';
import { Params } from './params.ts';
import type { SimResponse } from './reply.ts';
import { json, problem } from './reply.ts';
import type { Route } from './router.ts';

/** Just enough of uploading that a client can prove a stamp: nothing is kept, references are not Swarm's. */
export function uploadRoutes(node: BeeNode): Route[] {
  const gates = { business: true, chain: true };
  const methods = { POST: (call: Call) => upload(node, call) };
  return [
    { path: '/bytes', gates, methods },
    { path: '/chunks', gates, methods },
  ];
}

const CHUNK_BYTES = 4096;
const BATCH_HEADER = 'Swarm-Postage-Batch-Id';

function upload(node: BeeNode, call: Call): SimResponse {
  const given = call.headers[BATCH_HEADER.toLowerCase()];
  if (given === undefined || given === '') {
    return problem(400, 'invalid header params', [{ field: BATCH_HEADER, error: 'want required:' }]);
  }
  const params = new Params();
  const batchId = params.batchId(given, BATCH_HEADER);
  if (params.reasons.length > 0) return problem(400, 'invalid header params', params.reasons);
  const issuer = node.issuers.get(batchId);
  if (issuer === undefined) return problem(404, 'batch with id not found');
  if (!node.usable(issuer) || node.store.get(batchId) === undefined) {
    return problem(422, 'batch not usable yet or does not exist');
  }
  const reference = createHash('sha256').update(call.body, 'latin1').digest('hex');
  const chunks = Math.max(1, Math.ceil(call.body.length / CHUNK_BYTES));
  for (let i = 0; i < chunks; i++) {
    if (!node.issuers.stamp(issuer, `${reference}/${i}`)) return problem(402, 'batch is overissued');
  }
  return json(201, { reference });
}
