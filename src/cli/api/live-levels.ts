import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { accessSuggestion, DENIED, errorSchema } from './api.ts';
import { ApiError, unreachable } from './api-error.ts';
import { LEVEL_FIELDS, levelSchema } from './fields.ts';
import type { ServiceAddress } from './service-address.ts';
import { createWebSocketClient } from './web-socket.ts';

const levelsSchema = z.object({
  at: z.iso.datetime(),
  totalAvailable: z.int(),
  lowReserve: z.boolean(),
  depths: z.array(levelSchema),
});
export type Levels = z.infer<typeof levelsSchema>;

export const LEVELS_DOCUMENT = `subscription { reserveLevels { at totalAvailable lowReserve depths { ${LEVEL_FIELDS} } } }`;

interface Listener {
  readonly onLevels: (levels: Levels) => void;
  /** The connection is lost. A new one is tried until it succeeds. */
  readonly onLost: (reason: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Passes on the levels now and after each change, until `signal` aborts. Reconnects by itself, once it was connected.
 * @throws ApiError if the first connection fails, or if the service refuses the token.
 */
export async function watchLevels(
  address: ServiceAddress,
  { onLevels, onLost, signal }: Listener,
): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const stop = (): void => ended.resolve();
  signal.addEventListener('abort', stop);
  let wasConnected = false;
  let failure = 'it closed the connection';
  let silence: NodeJS.Timeout | undefined;
  const client = createWebSocketClient(address, {
    keepAlive: PING_INTERVAL_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: (event) => wasConnected && !refusalSchema.safeParse(event).success,
    retryWait: async (retries) => await pause(retries, signal),
    onFailure: (reason) => {
      failure = reason;
    },
    on: {
      connected: () => {
        wasConnected = true;
        failure = 'the service closed the connection';
      },
      closed: () => {
        clearTimeout(silence);
        if (wasConnected && !signal.aborted) onLost(failure);
      },
      ping: (received) => {
        if (!received) silence = setTimeout(() => client.terminate(), PONG_TIMEOUT_MS);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
    },
  });
  client.subscribe(
    { query: LEVELS_DOCUMENT },
    {
      next: (result) => {
        const parsed = eventSchema.safeParse(result);
        if (parsed.success) onLevels(parsed.data.data.reserveLevels);
        else ended.reject(refusalOf(result.errors, address) ?? unexpected(address));
      },
      error: (error) => ended.reject(refusalOf(error, address) ?? noConnection(address, failure, error)),
      complete: () => ended.resolve(),
    },
  );
  try {
    await ended.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    clearTimeout(silence);
    await client.dispose();
  }
}

const eventSchema = z.object({ data: z.object({ reserveLevels: levelsSchema }) });

/** A connection on which the service does not answer a ping is lost. */
const PING_INTERVAL_MS = 10_000;
const PONG_TIMEOUT_MS = 5000;
const MAX_PAUSE_MS = 10_000;

/** Half a second, then twice as long each time, with jitter. Ends at once when the command ends. */
async function pause(retries: number, signal: AbortSignal): Promise<void> {
  const ms = Math.min(MAX_PAUSE_MS, 500 * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2);
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** A close with the code for unauthorized or forbidden: a retry with the same token would be refused too. */
const refusalSchema = z.object({ code: z.union([z.literal(4401), z.literal(4403)]), reason: z.string() });
const errorsSchema = z.array(errorSchema).min(1);
const REQUIRED_SCOPES = ['read'];

/** What the service answered in place of levels: errors of GraphQL, or a close code. */
function refusalOf(error: unknown, address: ServiceAddress): ApiError | null {
  const closed = refusalSchema.safeParse(error);
  if (closed.success)
    return new ApiError(`${address.shown} refuses the connection: ${closed.data.reason}`, {
      code: 'UNAUTHENTICATED',
      suggestion: accessSuggestion(address, REQUIRED_SCOPES),
    });
  const [first] = errorsSchema.safeParse(error).data ?? [];
  if (first === undefined) return null;
  const { code } = first.extensions;
  const suggestion = DENIED.has(code) ? accessSuggestion(address, REQUIRED_SCOPES) : 'Retry later.';
  return new ApiError(first.message, { code, suggestion });
}

const unexpected = ({ shown }: ServiceAddress): ApiError =>
  new ApiError(`The levels that ${shown} sends are not what this version expects.`, {
    code: 'UNEXPECTED',
    suggestion: 'Use the command line of the version of the service.',
  });

const noConnection = ({ shown }: ServiceAddress, failure: string, cause: unknown): ApiError =>
  unreachable(
    `${shown} gives no WebSocket: ${failure}.`,
    'Check that the service runs, that --url or STAMP_POOL_URL is its address, and that proxies pass on WebSockets. "stamp-pool doctor" finds out which.',
    cause,
  );
