import { isIP } from 'node:net';
import { z } from 'zod';
import { quoted } from './secret-url.ts';
import { text, wholeNumberText, within } from './setting-text.ts';

/** A list separated by commas. Each wrong entry is a mistake. */
const list = (expected: string, parse: (entry: string) => string | null) =>
  z.string().transform((given, context): readonly string[] =>
    given.split(',').flatMap((part) => {
      const entry = parse(part.trim());
      // A comma in a password must not separate the part that is shown from the "@".
      if (entry === null)
        context.addIssue(`${given.includes('@') ? 'an entry' : quoted(part.trim())} is not ${expected}`);
      return entry ?? [];
    }),
  );

/** As they stand in Host, in lower case. */
export const hostNamesText = list('a host name without a port', (entry) => {
  const name = entry.toLowerCase();
  if (isIP(name) === 6) return `[${name}]`;
  return /^(?:[a-z\d_-]+(?:\.[a-z\d_-]+)*|\[[\da-f:.]+\])$/.test(name) ? name : null;
});

export const originsText = list('an origin, such as https://app.example', (entry) => {
  const url = /^https?:\/\//i.test(entry) ? URL.parse(entry) : null;
  return url && url.origin === entry.toLowerCase().replace(/\/$/, '') ? url.origin : null;
});

/** Not all addresses: each client could then choose the address that its requests are counted for. */
export const proxiesText = list('an address or a CIDR of some addresses, such as 10.0.0.0/8', (entry) => {
  // A zone is not compared, and @fastify/proxy-addr does not read the name of every interface.
  const [, address = '', bits] = /^([^/%]*(?:%[\da-z]+)?)(?:\/(\d{1,3}))?$/i.exec(entry) ?? [];
  const version = isIP(address);
  const maxBits = version === 6 ? 128 : 32;
  return version !== 0 && within(Number(bits ?? maxBits), 1, maxBits) !== undefined ? entry : null;
});

const GRAPHIQL_CHOICES = ['auto', 'on', 'off'] as const;

export const graphiqlText = text(`one of ${GRAPHIQL_CHOICES.join(', ')}`, (given) =>
  GRAPHIQL_CHOICES.find((one) => one === given.toLowerCase()),
);

export const nodeEnvText = z.string();

export const connectionsText = wholeNumberText('a number', 1, 1_000_000);
/** A body may have 100,000 bytes. */
export const documentBytesText = wholeNumberText('a number', 1000, 100_000);
