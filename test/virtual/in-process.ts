import type { Send } from '../../src/bee/transport.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/**
 * HTTP to a simulator without sockets. `answering` chooses one per request. Aborting `gone` closes the connections, as the
 * death of a process does.
 */
export function inProcess(answering: () => Simulator, gone: AbortSignal): Send {
  return async ({ method, path, headers }) => {
    try {
      const {
        status,
        headers: answered,
        body,
        cutAfter,
      } = await answering().handle({ method, path, headers }, gone);
      if (cutAfter !== undefined) throw new Error('the connection ended within the body');
      return { status, contentType: answered['content-type'] ?? '', body };
    } catch (error) {
      const refused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
      throw new TransportError(String(error), { mayHaveBeenSent: !refused, cause: error });
    }
  };
}

/** Runs everything that needs no time: promises, and the next tick of group commit. */
export async function quiet(): Promise<void> {
  for (let tick = 0; tick < 3; tick++) await new Promise((resolve) => setImmediate(resolve));
}
