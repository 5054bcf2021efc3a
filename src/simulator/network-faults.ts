import { ConnectionRefused, ConnectionReset, EmptyReply } from './connection.ts';
import type { Job } from './coroutines.ts';
import type { Faults } from './faults.ts';
import type { Call } from './request.ts';
import type { SimResponse } from './response.ts';
import { html, json } from './response.ts';

const PROXIES = [
  ['proxy502', 502, 'Bad Gateway'],
  ['proxy503', 503, 'Service Temporarily Unavailable'],
  ['proxy504', 504, 'Gateway Time-out'],
  ['proxy429', 429, 'Too Many Requests'],
] as const;

/** What happens between the client and Bee, and is none of Bee's doing: the network, a proxy in front. */
export function* interfere(
  call: Call,
  answer: () => Job<SimResponse>,
  { faults, tip }: { faults: Faults; tip: () => number },
): Job<SimResponse> {
  if (faults.take('down', call)) throw new ConnectionRefused();
  if (faults.take('hang', call)) yield { until: 'never' };
  if (faults.take('reset', call, 'before')) throw new ConnectionReset();
  const proxy = proxyError(faults, call) ?? wrongBatch(faults, call);
  if (proxy && !proxy.after) return proxy.response;
  const slow = faults.take('slow', call);
  const response = yield* answer();
  if (slow) yield { until: 'block', block: tip() + (slow.blocks ?? 1) };
  return proxy?.response ?? mangled(response, faults, call);
}

interface Replacement {
  readonly response: SimResponse;
  /** The request is carried out first. */
  readonly after: boolean;
}

/** As a proxy that replays an earlier answer. */
function wrongBatch(faults: Faults, call: Call): Replacement | undefined {
  const settings = call.method === 'POST' ? faults.take('wrongBatch', call) : undefined;
  if (settings === undefined) return undefined;
  const { batchId = 'b'.repeat(64), after = false } = settings;
  return { response: json(201, { batchID: batchId, txHash: `0x${'c'.repeat(64)}` }), after };
}

function proxyError(faults: Faults, call: Call): Replacement | undefined {
  for (const [name, status, words] of PROXIES) {
    const settings = faults.take(name, call);
    if (settings === undefined) continue;
    const title = `${status} ${words}`;
    const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
    return { response: html(status, page), after: settings.after ?? false };
  }
  return undefined;
}

function mangled(response: SimResponse, faults: Faults, call: Call): SimResponse {
  if (faults.take('emptyReply', call)) throw new EmptyReply();
  const nonJson = faults.take('nonJson', call);
  if (nonJson) return html(200, nonJson.body ?? '<html><body>It works!</body></html>');
  if (!faults.take('truncated', call)) return response;
  return { ...response, cutAfter: Math.floor(response.body.length / 2) };
}
