import type { Bee } from '@ethersphere/bee-js';
import type { Agent } from 'undici';
import { plainText } from '../domain/plain-text.ts';
import type { BatchId } from '../domain/units.ts';
import { loadUndici } from '../load-undici.ts';
import { connectOptions, parseBaseUrl, secretsOf, type TransportOptions } from './transport.ts';

/** Uploads a chunk with a stamp, as a client would, and reads it back. Resolves to why it failed, as one bounded line; null: it did not. */
export type CanaryUpload = (batchId: BatchId, payload: string, signal: AbortSignal) => Promise<string | null>;

/** By bee-js. @throws RangeError as `openTransport` does. */
export function createCanaryUpload(
  baseUrl: string,
  { headers = {}, certificates = null }: TransportOptions = {},
): CanaryUpload {
  const { origin, prefix, authorization } = parseBaseUrl(baseUrl);
  const secrets = secretsOf({ ...headers, ...authorization });
  return async (batchId, payload, signal) => {
    const undici = await loadUndici();
    const agent = new undici.Agent({
      connect: connectOptions(certificates),
      maxResponseSize: MAX_ANSWER_BYTES,
    });
    const limited = { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]) };
    let step = 'the upload failed';
    try {
      const bee = await openBee(origin + prefix, { ...headers, ...authorization }, agent);
      const { data } = bee.makeContentAddressedChunk(payload);
      const { reference } = await bee.uploadChunk(batchId, data, undefined, limited);
      step = 'a chunk was uploaded, and could not be read back';
      const read = await bee.downloadChunk(reference, undefined, limited);
      return Buffer.from(data).equals(read) ? null : `${step}: its content is another one`;
    } catch (error) {
      const cause = limited.signal.aborted ? limited.signal.reason : error; // bee-js does not say which of the two it was
      return `${step}: ${plainText(withoutSecrets(describe(cause), secrets))}`;
    } finally {
      await agent.destroy();
    }
  };
}

/** Bee answers when the chunk has reached the network. */
const TIMEOUT_MS = 60_000;
/** A chunk has at most 4,104 bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/**
 * bee-js drops every option of a request that it does not know, and copies objects by their own properties. So what fetch
 * needs is set in its own options: a function is a dispatcher, and a redirect, which would get the headers, is an error.
 */
async function openBee(url: string, headers: Readonly<Record<string, string>>, agent: Agent): Promise<Bee> {
  const { Bee: Opened } = await import('@ethersphere/bee-js'); // takes 100 ms, which the start of the process need not wait for
  const bee = new Opened(url, { headers });
  const options: unknown = Reflect.get(bee, 'requestOptions');
  if (typeof options !== 'object' || options === null)
    throw new TypeError('this version of bee-js keeps its options elsewhere');
  const dispatch: Agent['dispatch'] = (request, handler) => agent.dispatch(request, handler);
  Object.assign(options, { redirect: 'error', dispatcher: Object.assign(() => {}, { dispatch }) });
  return bee;
}

/** Bee, or a proxy in front of it, may echo the request. */
const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((shown, secret) => shown.replaceAll(secret, '[secret]'), text);

/** fetch says only that it failed: the cause says why. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${TIMEOUT_MS / 1000} s`;
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
