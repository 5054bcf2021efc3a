/** One form of each address: an IPv4 address that came over IPv6 is written as IPv4. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
