import { X509Certificate } from 'node:crypto';
import type { NodeName } from '../domain/units.ts';
import { partsOf } from './node-parsers.ts';
import { SecretHeaders } from './secret-headers.ts';
import { SETTINGS } from './settings.ts';
import type { SettingsReader } from './settings-reader.ts';
import { readPrivateTextFile, readTextFile } from './text-file.ts';
import { unknownNode } from './unknown-node.ts';

/** What a Bee node behind a gateway needs beside its URL. */
export interface BeeGateway {
  readonly headers: SecretHeaders | null;
  /** In PEM; null for the authorities of the system alone. */
  readonly certificates: string | null;
}

/** Reads the files of these nodes. Each mistake is collected by the reader. */
export function readBeeGateways(
  read: SettingsReader,
  names: readonly NodeName[],
): (name: NodeName) => BeeGateway {
  const headers = filesByNode(read, SETTINGS.beeHeaders, {
    names,
    parse: (path) => new SecretHeaders(readPrivateTextFile(path)),
  });
  const certificates = filesByNode(read, SETTINGS.beeCertificates, {
    names,
    parse: (path) => certificatesIn(readTextFile(path)),
  });
  return (name) => ({ headers: headers.get(name) ?? null, certificates: certificates.get(name) ?? null });
}

type FileSetting = typeof SETTINGS.beeHeaders | typeof SETTINGS.beeCertificates;

interface NodeFiles<Content> {
  readonly names: readonly NodeName[];
  readonly parse: (path: string) => Content;
}

function filesByNode<Content>(
  read: SettingsReader,
  setting: FileSetting,
  { names, parse }: NodeFiles<Content>,
): ReadonlyMap<NodeName, Content> {
  const files = new Map<NodeName, Content>();
  const given = read.optional(setting);
  if (!given) return files;
  for (const { name, value } of pathsOf(given, names)) {
    try {
      const node = names.find((one) => one === name);
      if (node === undefined) throw new RangeError(mistakeInName(name, names));
      if (files.has(node)) throw new RangeError(`${node} is named twice`);
      files.set(node, parse(value));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      read.addMistakeInValue(setting, error.message);
    }
  }
  return files;
}

/** The path for the only node may have a "," or "=", and need not name the node. */
function pathsOf(given: string, names: readonly NodeName[]): ReturnType<typeof partsOf> {
  const [only, ...others] = names;
  if (only === undefined || others.length > 0) return partsOf(given);
  const prefix = `${only}=`;
  return [{ name: only, value: given.startsWith(prefix) ? given.slice(prefix.length) : given }];
}

const mistakeInName = (name: string | null, names: readonly NodeName[]): string =>
  name === null
    ? 'there are several nodes: write name=path for each, separated by commas'
    : unknownNode(name, names);

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
