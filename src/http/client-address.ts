import type { IncomingMessage } from 'node:http';
import { isIP, type Socket, SocketAddress } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';
import { plainAddress } from '../domain/address.ts';

/** Who is at the other end, in one form of each address: an IPv4 address is not written as IPv6. */
export interface AddressOf {
  readonly isProxy: (address: string) => boolean;
  /** undefined if the connection is closed. */
  readonly socket: (socket: Socket) => string | undefined;
  /** Of the client, as trusted proxies name it in X-Forwarded-For: the rightmost address that is not a proxy's. */
  readonly request: (request: IncomingMessage) => string | undefined;
}

/** @param trustedProxies addresses or CIDRs. @throws TypeError if one is neither. */
export function addressesBehind(trustedProxies: readonly string[]): AddressOf {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  const isProxy = (address: string): boolean => isTrusted(address, 0);
  const ofSocket = ({ remoteAddress }: Socket): string | undefined =>
    remoteAddress && plainAddress(remoteAddress);
  return {
    isProxy,
    socket: ofSocket,
    request: (request) => {
      const direct = ofSocket(request.socket);
      if (direct === undefined || !isProxy(direct)) return direct;
      const named = addressIn(proxyAddr(request, isTrusted));
      return named === undefined ? direct : plainAddress(named);
    },
  };
}

/** Some proxies write the port of the client, too. */
const addressIn = (named: string): string | undefined =>
  isIP(named) === 0 ? SocketAddress.parse(named)?.address : named;
