import { BlockList, isIP } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** True for a host that only programs on this machine reach: 127.0.0.0/8, ::1, localhost and the names under it. */
export function isLoopbackHost(host: string): boolean {
  const address = host.replace(/^\[(.*)\]$/, '$1');
  const version = isIP(address);
  if (version !== 0) return LOOPBACK.check(address, version === 6 ? 'ipv6' : 'ipv4');
  return /^(?:[\w-]+\.)*localhost\.?$/i.test(host);
}
