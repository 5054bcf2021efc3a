import { ConnectionRefused, ConnectionReset, EmptyReply } from './connection.ts';
import type { Coroutine } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { ParsedRequest } from './request.ts';
import { html, json, type SimResponse } from './response.ts';

const PROXIES = [
  ['proxy502', 502, 'Bad Gateway'],
  ['proxy503', 503, 'Service Temporarily Unavailable'],
  ['proxy504', 504, 'Gateway Time-out'],
  ['proxy429', 429, 'Too Many Requests'],
] as const;

/** Applies the faults of the network and of a proxy between the client and Bee. */
export function* withNetworkFaults(
  request: ParsedRequest,
  respond: () => Coroutine<SimResponse>,
  { faults, tip }: { faults: Faults; tip: () => number },
): Coroutine<SimResponse> {
  if (faults.take('down', request)) throw new ConnectionRefused();
  if (faults.take('hang', request)) yield { until: 'never' };
  if (faults.take('reset', request, 'before')) throw new ConnectionReset();
  const replacement = proxyError(faults, request) ?? wrongBatch(faults, request);
  if (replacement && !replacement.after) return replacement.response;
  const slow = faults.take('slow', request);
  const response = yield* respond();
  if (slow) yield { until: 'block', block: tip() + (slow.blocks ?? 1) };
  return replacement?.response ?? corrupted(response, faults, request);
}

interface Replacement {
  readonly response: SimResponse;
  /** The node handles the request before the response is replaced. */
  readonly after: boolean;
}

/** A proxy sends the response to an earlier request. */
function wrongBatch(faults: Faults, request: ParsedRequest): Replacement | undefined {
  const settings = request.method === 'POST' ? faults.take('wrongBatch', request) : undefined;
  if (settings === undefined) return undefined;
  const { batchId = 'b'.repeat(64), after = false } = settings;
  return { response: json(201, { batchID: batchId, txHash: `0x${'c'.repeat(64)}` }), after };
}

function proxyError(faults: Faults, request: ParsedRequest): Replacement | undefined {
  for (const [name, status, reason] of PROXIES) {
    const settings = faults.take(name, request);
    if (settings === undefined) continue;
    const title = `${status} ${reason}`;
    const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
    return { response: html(status, page), after: settings.after ?? false };
  }
  return undefined;
}

function corrupted(response: SimResponse, faults: Faults, request: ParsedRequest): SimResponse {
  if (faults.take('emptyReply', request)) throw new EmptyReply();
  const nonJson = faults.take('nonJson', request);
  if (nonJson) return html(200, nonJson.body ?? '<html><body>It works!</body></html>');
  if (!faults.take('truncated', request)) return response;
  return { ...response, cutAfter: Math.floor(response.body.length / 2) };
}
