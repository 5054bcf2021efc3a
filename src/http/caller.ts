/** Whom an acquisition is written down for: the address the request came from, as the Python gateway did. */
export const callerOf = ({ ip }: { readonly ip: string }): string => ip.replace(/^::ffff:(?=\d+\.)/, '');
