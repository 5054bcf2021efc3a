import { isDecodable } from './http-url.ts';
import * as parsers from './parsers.ts';
import { SecretText } from './secret-text.ts';
import { decimal, secretText, text, within } from './setting-text.ts';

/** The rows of the settings table that say how the operator is notified. */
export const WEBHOOK_SETTINGS = {
  webhookUrl: {
    name: 'STAMP_POOL_WEBHOOK_URL',
    parser: secretText(
      'a URL that starts with https:// or http://, with % in the user or password written %25',
      webhookUrl,
    ),
    default: null,
    meaning: 'Where events are sent (docs/webhooks.md). Requires one of the next two settings.',
    secret: true,
  },
  webhookSecret: {
    name: 'STAMP_POOL_WEBHOOK_SECRET',
    parser: secretText(
      'whsec_ and the Base64 of 24 to 64 random bytes, such as from: echo whsec_$(openssl rand -base64 32)',
      webhookSecret,
    ),
    default: null,
    meaning: 'The secret that signs the events: whsec_ and the Base64 of 24 to 64 random bytes.',
    secret: true,
  },
  webhookSecretFile: {
    name: 'STAMP_POOL_WEBHOOK_SECRET_FILE',
    parser: parsers.pathText,
    default: null,
    meaning: 'A file with that secret. Other users must not be able to read it.',
  },
  webhookAllowHttp: {
    name: 'STAMP_POOL_WEBHOOK_ALLOW_HTTP',
    parser: parsers.booleanText,
    default: 'false',
    meaning: 'Whether STAMP_POOL_WEBHOOK_URL may be an http URL on another machine.',
  },
  runwayDays: {
    name: 'STAMP_POOL_RUNWAY_DAYS',
    parser: text('a number of days from 0 to 3650', (given) => within(decimal(given), 0, 3650)),
    default: '7',
    meaning:
      'The event runway.short is sent when the BZZ of the wallet lasts fewer days than this at the pace of the last seven.',
  },
} as const;

function webhookUrl(given: string): SecretText | undefined {
  const url = /^https?:\/\//i.test(given) ? URL.parse(given) : null;
  return url && isDecodable(url.username + url.password) ? new SecretText(given) : undefined;
}

/** The lengths of the Standard Webhooks specification. */
const MIN_BYTES = 24;
const MAX_BYTES = 64;

/** Undefined if it is not a secret of the Standard Webhooks specification. */
export function webhookSecret(given: string): SecretText | undefined {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(given)?.[1];
  const bytes = Buffer.from(encoded ?? '', 'base64');
  if (encoded === undefined || bytes.toString('base64') !== encoded) return undefined;
  return bytes.length >= MIN_BYTES && bytes.length <= MAX_BYTES ? new SecretText(given) : undefined;
}
