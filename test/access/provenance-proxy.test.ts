import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ProvenanceClient } from '@datafund/swarm-provenance';
import { describe, expect, onTestFinished, test } from 'vitest';
import { serveHttp } from '../bee/servers.ts';
import { deadPort } from '../dead-port.ts';
import { startTestApp } from '../harness.ts';
import { listening } from '../listening.ts';
import { spawned } from '../process/spawned.ts';

const PROXIES = join(import.meta.dirname, '../../docs/proxies.md');

/** The block below this heading of docs/proxies.md. */
function configuration(heading: string): string {
  const [, block] =
    new RegExp(`^### ${heading}\n+\`\`\`\\w*\n(.*?)^\`\`\``, 'ms').exec(readFileSync(PROXIES, 'utf8')) ?? [];
  if (block === undefined) throw new Error(`docs/proxies.md has no block below "${heading}"`);
  return block;
}

interface Ports {
  readonly proxy: number;
  readonly pool: number;
  readonly gateway: number;
}

const withPorts = (text: string, { pool, gateway }: Ports): string =>
  text.replaceAll('127.0.0.1:8000', `127.0.0.1:${pool}`).replaceAll('127.0.0.1:8001', `127.0.0.1:${gateway}`);

/** What stands in for the certificate and the name of a real host. */
const NGINX = {
  file: '/usr/sbin/nginx',
  config: (ports: Ports): string => `daemon off; master_process off; pid nginx.pid; error_log stderr;
events {}
http {
  access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
  ${withPorts(configuration('nginx with the gateway'), ports)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${ports.proxy};`)
    .replaceAll(/ssl_\w+ .*;/g, '')}
}`,
  args: (directory: string, config: string): string[] => ['-p', directory, '-c', config],
};
const CADDY = {
  file: '/usr/bin/caddy',
  config: (ports: Ports): string =>
    `{\n\tadmin off\n\tauto_https off\n}\n${withPorts(configuration('Caddy with the gateway'), ports).replace('gateway.example', `http://127.0.0.1:${ports.proxy}`)}`,
  args: (_directory: string, config: string): string[] => [
    'run',
    '--adapter',
    'caddyfile',
    '--config',
    config,
  ],
};

/** The port of a server that stands in for the gateway: it accepts a document, and uploads it to the Bee node with the stamp of the request. */
async function gatewayPort(beeUrl: string): Promise<number> {
  const server = await serveHttp((request, response) => {
    const answer = async (): Promise<void> => {
      const url = new URL(request.url ?? '', 'http://gateway');
      response.setHeader('Content-Type', 'application/json');
      if (url.pathname === '/health') return void response.end('{"status":"ok"}');
      if (request.method !== 'POST' || url.pathname !== '/api/v1/data/')
        return void response.writeHead(404).end('{}');
      const form = await new Response(await buffer(request), {
        headers: { 'Content-Type': request.headers['content-type'] ?? '' },
      }).formData();
      const file = form.get('file');
      if (!(file instanceof Blob)) return void response.writeHead(422).end('{}');
      const uploaded = await fetch(`${beeUrl}/bzz?name=provenance.json`, {
        method: 'POST',
        headers: {
          'Content-Type': file.type,
          'Swarm-Postage-Batch-Id': url.searchParams.get('stamp_id') ?? '',
        },
        body: await file.arrayBuffer(),
      });
      response.writeHead(uploaded.ok ? 200 : 502).end(await uploaded.text());
    };
    void answer();
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server.port;
}

describe.each([
  ['nginx', NGINX],
  ['Caddy', CADDY],
] as const)('behind %s as in docs/proxies.md', (name, proxy) => {
  if (!existsSync(proxy.file)) process.stdout.write(`skipped: there is no ${proxy.file}\n`);
  test.runIf(existsSync(proxy.file))(
    `the npm package @datafund/swarm-provenance gets stamps here, and uploads through the gateway (${name})`,
    async () => {
      await using app = await startTestApp({
        env: { STAMP_POOL_RESERVE: '17:2', STAMP_POOL_REST_CONTRACT: '2026-04' },
        onNode: { 17: 2 },
      });
      await app.full();
      const ports = {
        proxy: await deadPort(),
        pool: Number(new URL(app.url).port),
        gateway: await gatewayPort(app.beeUrl),
      };
      const directory = mkdtempSync(join(tmpdir(), 'proxy-'));
      onTestFinished(() => rmSync(directory, { recursive: true }));
      const config = join(directory, 'proxy.conf');
      writeFileSync(config, proxy.config(ports));
      await using running = spawned({
        command: [proxy.file, ...proxy.args(directory, config)],
        env: { XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory },
      });
      await listening(ports.proxy, running.ended);
      const client = new ProvenanceClient({ gatewayUrl: `http://127.0.0.1:${ports.proxy}` });
      expect(await client.health()).toBe(true);
      expect(await client.poolStatus()).toMatchObject({ enabled: true, totalStamps: 2 });
      const { batchId } = await client.acquireStamp();
      expect(batchId).toMatch(/^[0-9a-f]{64}$/);
      const { reference, metadata } = await client.upload('hello, swarm');
      expect(reference).toMatch(/^[0-9a-f]{64}$/);
      expect(metadata.stamp_id).not.toBe(batchId);
      const stored = await fetch(`${app.beeUrl}/bzz/${reference}/`);
      expect(await stored.json()).toMatchObject({ stamp_id: metadata.stamp_id });
    },
  );
});
