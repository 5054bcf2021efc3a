import { Webhook } from 'standardwebhooks';

/** The headers of the Standard Webhooks specification. */
export const signedHeaders = (
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
  secret: string,
): Readonly<Record<string, string>> => ({
  'content-type': 'application/json',
  'user-agent': 'stamp-pool',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': new Webhook(secret).sign(id, at, body),
});
