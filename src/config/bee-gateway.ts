import { X509Certificate } from 'node:crypto';
import { SecretHeaders } from './secret-headers.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';
import { readPrivateTextFile, readTextFile } from './text-file.ts';

/** What a Bee node behind a gateway needs beside its URL. */
export interface BeeGateway {
  readonly headers: SecretHeaders | null;
  /** In PEM; null for the authorities of the system alone. */
  readonly certificates: string | null;
}

export function readBeeGateway(read: SettingsReader): BeeGateway {
  return {
    headers: fileOf(read, SETTINGS.beeHeaders, (path) => new SecretHeaders(readPrivateTextFile(path))),
    certificates: fileOf(read, SETTINGS.beeCertificates, (path) => certificatesIn(readTextFile(path))),
  };
}

/** null if the setting is unset or has a mistake, which the reader has collected. */
function fileOf<Content>(
  read: SettingsReader,
  setting: typeof SETTINGS.beeHeaders | typeof SETTINGS.beeCertificates,
  parse: (path: string) => Content,
): Content | null {
  const path = read.optional(setting);
  if (!path) return null;
  try {
    return parse(path);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    read.addMistakeInValue(setting, error.message);
    return null;
  }
}

const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function certificatesIn(text: string): string {
  const certificates = text.match(PEM) ?? [];
  if (certificates.length === 0) throw new RangeError('it has no certificate in PEM');
  for (const certificate of certificates) assertCertificate(certificate);
  return certificates.join('\n');
}

function assertCertificate(pem: string): void {
  try {
    void new X509Certificate(pem);
  } catch (cause) {
    throw new RangeError('one of its certificates is not valid', { cause });
  }
}
