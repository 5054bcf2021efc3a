import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { listen } from '../bee/servers.ts';
import { foreignBatches } from '../virtual/stocked.ts';
import { bundledService, ROOT, type Spawned, spawned } from './spawned.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

const tracesSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.unknown() }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              name: z.string(),
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              attributes: z.array(z.object({ key: z.string(), value: z.unknown() })),
            }),
          ),
        }),
      ),
    }),
  ),
});
type SentSpan = z.infer<typeof tracesSchema>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

/** A collector that accepts everything. */
class Collector {
  readonly spans: SentSpan[] = [];
  /** The attributes of what sends them. */
  readonly senders: unknown[] = [];
  metrics = '';
  readonly headers = new Set<string | undefined>();
  readonly #waiting = new Set<() => void>();

  /** Returns its URL. */
  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const answer = async (): Promise<void> => {
        this.#receive(request, await json(request));
        response.setHeader('Content-Type', 'application/json').end('{}');
      };
      void answer();
    });
    const listening = await listen(server);
    onTestFinished(() => listening[Symbol.asyncDispose]());
    return `http://127.0.0.1:${listening.port}`;
  }

  #receive({ url, headers }: IncomingMessage, body: unknown): void {
    this.headers.add(String(headers['x-key']));
    if (url === '/v1/traces') {
      const { resourceSpans } = tracesSchema.parse(body);
      for (const { resource, scopeSpans } of resourceSpans) {
        this.senders.push(resource.attributes);
        this.spans.push(...scopeSpans.flatMap(({ spans }) => spans));
      }
    } else this.metrics += JSON.stringify(body);
    for (const check of this.#waiting) check();
  }

  /** Resolves when it has received what `isThere` looks for. */
  async until(isThere: () => boolean): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (!isThere()) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}

const LOGGING_MODULES = ['--import', join(ROOT, 'test/process/log-modules.mjs')];

/** Starts the service with a stamp in stock. */
async function service(
  env: Readonly<Record<string, string>>,
  command = bundledService(LOGGING_MODULES),
): Promise<Spawned> {
  const simulator = createSimulator();
  simulator.mineBlocks(40);
  foreignBatches(simulator, { 17: 1 }, 'free');
  const bee = await serveSimulator(simulator, { port: 0 });
  onTestFinished(() => bee.close());
  const started = spawned({
    command,
    env: {
      PORT: '0',
      LOADED_MODULES: 'loaded.txt',
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_ADOPT: 'any',
      STAMP_POOL_RESERVE: '17:1',
      SWARM_BEE_API_URL: bee.url,
      ...env,
    },
  });
  onTestFinished(() => started[Symbol.asyncDispose]());
  await started.outputMatch(/"event":"adopted"/);
  return started;
}

const acquire = async (started: Spawned, headers: Readonly<Record<string, string>> = {}): Promise<void> => {
  const response = await fetch(`${await started.url()}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: '{}',
  });
  expect(await response.json()).toMatchObject({ success: true });
};

/** Ends the service. Returns the modules that it has loaded. */
async function modulesOf(started: Spawned): Promise<readonly string[]> {
  started.child.kill('SIGTERM');
  expect(await started.ended).toBe(0);
  return readFileSync(join(started.directory, 'loaded.txt'), 'utf8').split('\n');
}

/** prom-client loads the interface of OpenTelemetry, @opentelemetry/api, which does nothing without the SDK. */
const isTelemetry = (url: string): boolean => /@opentelemetry\/(?!api\/)|\/src\/telemetry\//.test(url);

test('without an endpoint, nothing of OpenTelemetry is loaded', async () => {
  // the sources, because the names of a bundle's files do not show what is in them
  const started = await service({}, [process.execPath, ...LOGGING_MODULES, join(ROOT, 'src/main.ts')]);
  await acquire(started);
  await fetch(`${await started.url()}/metrics`);
  const modules = await modulesOf(started);
  expect(modules.filter((url) => url.includes('/src/wiring/')).length).toBeGreaterThan(3);
  expect(modules.filter(isTelemetry)).toEqual([]);
});

test('with an endpoint, requests, commits, runs and calls of Bee are sent as spans, and the metrics', async () => {
  const collector = new Collector();
  const started = await service({
    OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-key=s3cr3t',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_METRIC_EXPORT_INTERVAL: '500',
    OTEL_METRIC_EXPORT_TIMEOUT: '100',
  });
  await acquire(started, { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` });
  const named = (name: string) => collector.spans.filter((span) => span.name === name);
  // the stamp is adopted in the middle of the first run, whose spans end later
  for (const name of ['POST /api/v1/pool/acquire', 'acquire', 'commit', 'run'])
    await collector.until(() => named(name).length > 0);
  const [request, acquired, commit] = ['POST /api/v1/pool/acquire', 'acquire', 'commit'].map(
    (name) => named(name)[0],
  );
  expect(request).toMatchObject({ traceId: TRACE_ID, parentSpanId: 'b7ad6b7169203331' });
  expect(acquired).toMatchObject({ traceId: TRACE_ID, parentSpanId: request?.spanId });
  expect(commit).toMatchObject({ traceId: TRACE_ID, parentSpanId: acquired?.spanId });
  const value = (span: SentSpan | undefined, key: string) =>
    span?.attributes.find((attribute) => attribute.key === key)?.value;
  expect(value(request, 'http.response.status_code')).toEqual({ intValue: 200 });
  expect(value(acquired, 'stamp_pool.outcome')).toEqual({ stringValue: 'acquired' });
  const [run] = named('run');
  for (const step of ['observe', 'settle', 'plan', 'act'])
    expect(named(step)).toContainEqual(expect.objectContaining({ parentSpanId: run?.spanId }));
  const observations = named('observe').map(({ spanId }) => spanId);
  expect(observations).toContain(named('Bee GET /stamps')[0]?.parentSpanId);

  await started.outputMatch(new RegExp(`"event":"acquired".*"traceId":"${TRACE_ID}"`));
  await fetch(`${await started.url()}/api/v1/pool/status`); // without traceparent: a trace of its own
  await collector.until(() => named('GET /api/v1/pool/status').length > 0);
  expect(named('GET /api/v1/pool/status')[0]?.parentSpanId ?? '').toBe('');
  await collector.until(() =>
    [
      'stamp_pool_acquires_total',
      'stamp_pool_enabled',
      'stamp_pool.acquire.duration',
      'http.server.request.duration',
    ].every((name) => collector.metrics.includes(`"${name}"`)),
  );
  expect([...collector.headers]).toEqual(['s3cr3t']);
  expect((await modulesOf(started)).filter(isTelemetry).length).toBeGreaterThan(10);
  expect(started.output().out + started.output().err).not.toContain('s3cr3t');
});

test('when the service stops, the last metrics are read and sent before the database is closed', async () => {
  const collector = new Collector();
  const started = await service({
    OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
  await acquire(started);
  await modulesOf(started);
  expect(collector.metrics).toContain('"stamp_pool_spent_last_day_bzz"');
  expect(started.output().out).not.toMatch(/"level":"(warn|error)"/);
});

test.for([
  [{}, 'stamp-pool'],
  [{ OTEL_SERVICE_NAME: 'pool-a' }, 'pool-a'],
  [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=pool-b,deployment.environment.name=test' }, 'pool-b'],
] as const)('with %j, the service is called %s', async ([variables, name]) => {
  const collector = new Collector();
  const started = await service({
    OTEL_EXPORTER_OTLP_ENDPOINT: await collector.start(),
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    ...variables,
  });
  await collector.until(() => collector.senders.length > 0);
  await modulesOf(started);
  expect(collector.senders[0]).toContainEqual({ key: 'service.name', value: { stringValue: name } });
  expect(collector.senders[0]).toContainEqual({ key: 'service.instance.id', value: expect.anything() });
  expect(collector.metrics).toContain(`{"key":"service.name","value":{"stringValue":"${name}"}}`);
});

test('a collector that is away is logged, and stops neither the service nor its end', async () => {
  const started = await service({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_EXPORTER_OTLP_TIMEOUT: '300',
  });
  await acquire(started);
  await started.outputMatch(/"level":"warn".*"telemetry":.*OpenTelemetry reports a problem/);
  expect((await modulesOf(started)).length).toBeGreaterThan(10);
  expect(started.output().err).toBe('');
});
