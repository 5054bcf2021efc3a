import { createServer } from 'node:https';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openTransport, type TransportOptions } from '../../src/bee/transport.ts';
import { selfSigned } from './certificate.ts';
import { listen, serveHttp } from './servers.ts';

const READ = { method: 'GET', path: '/health', headers: {} } as const;
const WRITE = { method: 'POST', path: '/stamps/1/17', headers: { Immutable: 'true' } } as const;

test('each request has the headers of the gateway, and an answer that echoes them does not show them', async () => {
  await using server = await serveHttp((request, response) => {
    const { authorization, 'x-api-key': key, immutable } = request.headers;
    response.end(
      JSON.stringify([authorization, key, immutable ?? null, `no token ${authorization?.slice(7)}`]),
    );
  });
  await using transport = openTransport(`http://127.0.0.1:${server.port}`, {
    headers: { authorization: 'Bearer s3cr3t-token', 'x-api-key': 'an-api-key' },
  });
  for (const request of [READ, WRITE]) {
    const { body } = await transport.send(request);
    expect(body).toBe(
      JSON.stringify(['[secret]', '[secret]', request === WRITE ? 'true' : null, 'no token [secret]']),
    );
  }
});

/** A server with a certificate of an authority that no system knows. */
async function privateServer() {
  const { key, certificate } = selfSigned();
  const server = createServer({ key, cert: certificate }, (_request, response) => response.end('{}'));
  const listening = await listen(server);
  onTestFinished(() => listening[Symbol.asyncDispose]());
  return { url: `https://127.0.0.1:${listening.port}`, certificate };
}

test('a certificate of a private authority is accepted only with the setting, whatever node is asked to skip', async () => {
  const { url, certificate } = await privateServer();
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const statusOf = async (
    options: TransportOptions,
    request: typeof READ | typeof WRITE,
  ): Promise<unknown> => {
    await using transport = openTransport(url, options);
    return await transport.send(request).then(
      ({ status }) => status,
      (error: unknown) => String(error),
    );
  };
  for (const request of [READ, WRITE]) {
    expect(await statusOf({}, request)).toMatch(/^TransportError: self-signed certificate/);
    expect(await statusOf({ certificates: certificate }, request)).toBe(200);
  }
});
