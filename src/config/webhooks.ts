import { isLoopbackHost } from './loopback.ts';
import type { SecretText } from './secret-text.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';
import { readPrivateTextFile } from './text-file.ts';
import { webhookSecret } from './webhook-settings.ts';

/** Where the operator is notified, and of what. */
export interface WebhookConfig {
  readonly url: SecretText;
  /** The host alone, for logs: the path and the query may be secret, too. */
  readonly host: string;
  readonly secret: SecretText;
  readonly runwayDays: number;
}

/** undefined after a mistake, which the reader has collected. */
export function readWebhooks(read: SettingsReader): WebhookConfig | null | undefined {
  const url = read.optional(SETTINGS.webhookUrl);
  const allowHttp = read.value(SETTINGS.webhookAllowHttp);
  const runwayDays = read.value(SETTINGS.runwayDays);
  const secret = readSecret(read);
  if (url === undefined || secret === undefined || allowHttp === undefined || runwayDays === undefined)
    return undefined;
  if (url === null && secret === null) return null;
  if (url === null) {
    read.addMistake(
      SETTINGS.webhookUrl,
      `${SETTINGS.webhookUrl.name} is required with ${SETTINGS.webhookSecret.name}`,
    );
    return undefined;
  }
  if (secret === null) {
    read.addMistake(
      SETTINGS.webhookSecret,
      `${SETTINGS.webhookSecret.name} or ${SETTINGS.webhookSecretFile.name} is required with ${SETTINGS.webhookUrl.name}`,
    );
    return undefined;
  }
  const { protocol, host, hostname } = new URL(url.reveal());
  if (protocol === 'http:' && !allowHttp && !isLoopbackHost(hostname)) {
    read.addMistake(
      SETTINGS.webhookUrl,
      `${SETTINGS.webhookUrl.name}: events would be sent unencrypted to ${host}. Use https, or set ${SETTINGS.webhookAllowHttp.name}=true for a network that you trust`,
    );
    return undefined;
  }
  return Object.freeze({ url, host, secret, runwayDays });
}

/** null if neither setting is set. */
function readSecret(read: SettingsReader): SecretText | null | undefined {
  const given = read.optional(SETTINGS.webhookSecret);
  const path = read.optional(SETTINGS.webhookSecretFile);
  if (given === undefined || path === undefined) return undefined;
  if (path === null) return given;
  if (given !== null) {
    read.addMistake(
      SETTINGS.webhookSecretFile,
      `${SETTINGS.webhookSecret.name} and ${SETTINGS.webhookSecretFile.name} are both set: use one of them`,
    );
    return undefined;
  }
  return secretIn(read, path);
}

function secretIn(read: SettingsReader, path: string): SecretText | undefined {
  try {
    const secret = webhookSecret(readPrivateTextFile(path).trim());
    if (secret) return secret;
    read.addMistakeInValue(
      SETTINGS.webhookSecretFile,
      'it has no whsec_ and the Base64 of 24 to 64 random bytes',
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    read.addMistakeInValue(SETTINGS.webhookSecretFile, error.message);
  }
  return undefined;
}
