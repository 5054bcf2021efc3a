import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { parseConfig } from '../../src/config/config.ts';

function fileWith(text: string, mode = 0o600): string {
  const directory = mkdtempSync(join(tmpdir(), 'gateway-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'file');
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const BEE = { SWARM_BEE_API_URL: 'https://bee.example' };

test('headers for a gateway are read from a file, and never printed', () => {
  const path = fileWith('Authorization: Bearer s3cr3t-token\r\n\nX-Api-Key:  abc def \n', 0o640);
  const config = parseConfig({ ...BEE, SWARM_BEE_API_HEADERS_FILE: path });
  expect(config.nodes[0]?.headers?.reveal()).toEqual({
    authorization: 'Bearer s3cr3t-token',
    'x-api-key': 'abc def',
  });
  for (const printed of [
    inspect(config, { depth: 9 }),
    JSON.stringify(config.nodes),
    String(config.nodes[0]?.headers),
  ])
    expect(printed).not.toMatch(/s3cr3t|abc def/);
});

test.each([0o604, 0o644, 0o606, 0o602])('a file with the mode %o is refused', (mode) => {
  const path = fileWith('Authorization: Bearer s3cr3t-token', mode);
  expect(() => parseConfig({ ...BEE, SWARM_BEE_API_HEADERS_FILE: path })).toThrowError(
    expect.objectContaining({
      message: expect.stringContaining('other users may read or write it: chmod o-rw'),
    }),
  );
});

test.each([
  ['', 'it has no header: write lines of Name: value'],
  ['Bearer s3cr3t', 'line 1 is not Name: value'],
  ['A: b\nX Y: s3cr3t', 'line 2 is not Name: value'],
  ['A: s3cr3t\u0001', 'line 1 is not Name: value'],
  ['A: s3cr3t\na: s3cr3t', 'it names the header a twice'],
  ['Host: s3cr3t.example', 'line 1: the service sets Host itself'],
  ['Content-Length: 3', 'line 1: the service sets Content-Length itself'],
])('%j is no file of headers', (text, mistake) => {
  const refused = (() => {
    try {
      return parseConfig({ ...BEE, SWARM_BEE_API_HEADERS_FILE: fileWith(text) });
    } catch (error) {
      return String(error);
    }
  })();
  expect(refused).toContain(mistake);
  expect(refused).not.toContain('s3cr3t');
});

test('Authorization is given once: by the file, or by the URL', () => {
  const env = {
    SWARM_BEE_API_URL: 'https://me:pass@bee.example',
    SWARM_BEE_API_HEADERS_FILE: fileWith('Authorization: Bearer x'),
  };
  expect(() => parseConfig(env)).toThrowError(
    expect.objectContaining({
      message: expect.stringContaining(
        'SWARM_BEE_API_HEADERS_FILE has Authorization, and SWARM_BEE_API_URL a user',
      ),
    }),
  );
});

test.each([
  ['', 'it has no certificate in PEM'],
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'one of its certificates is not valid'],
])('%j is no file of certificates', (text, mistake) => {
  expect(() => parseConfig({ ...BEE, SWARM_BEE_API_CA_FILE: fileWith(text, 0o644) })).toThrowError(
    expect.objectContaining({ message: expect.stringContaining(mistake) }),
  );
});

test('a missing file is a mistake', () => {
  expect(() => parseConfig({ ...BEE, SWARM_BEE_API_HEADERS_FILE: '/nowhere/headers' })).toThrowError(
    expect.objectContaining({ message: expect.stringContaining('there is no such file') }),
  );
});
