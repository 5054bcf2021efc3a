import ipaddr from 'ipaddr.js';

/** One form of each address: an IPv4 address that came over IPv6 is written as IPv4. Other text stays as it is. */
export const plainAddress = (address: string): string =>
  ipaddr.IPv6.isValid(address) ? ipaddr.process(address).toString() : address;

/** What one client is limited by: its IPv4 address, or its IPv6 network, because an IPv6 client has a whole /64 at its disposal. */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!ipaddr.IPv6.isValid(plain)) return plain;
  const groups = ipaddr.IPv6.parse(plain).parts.slice(0, 4);
  return groups.map((group) => group.toString(16)).join(':');
}
