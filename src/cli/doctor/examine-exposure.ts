import { isLoopbackHost } from '../../config/loopback.ts';
import type { ServiceAddress } from '../api/service-address.ts';
import { found, type Result } from './result.ts';

const TIMEOUT_MS = 10_000;

/** Whether other machines could use the service or read the token. A service on this machine is not examined. */
export async function examineExposure({ url, token, shown }: ServiceAddress): Promise<readonly Result[]> {
  if (isLoopbackHost(url.hostname)) return [];
  return [
    ...(token !== null && url.protocol === 'http:' ? [TOKEN_IN_CLEAR] : []),
    ...((await answersWithoutToken(url)) ? [openToAll(shown)] : []),
  ];
}

const TOKEN_IN_CLEAR = found('service', {
  severity: 'warning',
  code: 'TOKEN_IN_CLEAR',
  message: 'The token is sent over plain HTTP: others on the way can read it.',
  suggestion: 'Put a proxy with TLS in front of the service (docs/proxies.md), and use its https URL.',
});

const openToAll = (shown: string): Result =>
  found('service', {
    severity: 'warning',
    code: 'OPEN_TO_ALL',
    message: `${shown} gives its status without a token: everyone who reaches it may do everything.`,
    suggestion: 'Create a token ("stamp-pool token create"): from then on, requests need one.',
  });

async function answersWithoutToken(url: URL): Promise<boolean> {
  try {
    const response = await fetch(new URL('api/v1/pool/status', url), {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.status === 200;
  } catch {
    return false; // what is not reachable is reported by the other requests
  }
}
