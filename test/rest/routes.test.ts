import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contract2026January } from '../../src/rest/contract-2026-01.ts';
import { contract2026April } from '../../src/rest/contract-2026-04.ts';
import { openApi } from '../../src/rest/openapi.ts';
import { errorDetailSchema } from '../../src/rest/response-schemas.ts';
import { ACQUIRE_PATH, documentedResponses, REST_PREFIX, ROUTES } from '../../src/rest/routes.ts';
import { aCaller, aStamp } from '../builders.ts';
import { send } from '../http/send.ts';
import { aRun } from './a-run.ts';
import { type RestServer, restServer } from './rest-server.ts';

interface Scenario {
  readonly pool: Parameters<typeof restServer>[0];
  readonly body?: unknown;
  readonly key?: string;
  /** How often the request is sent; the last response counts. Default: once. */
  readonly times?: number;
}

const atLimit: Scenario['pool'] = {
  authenticate: async () => async () => ({
    caller: aCaller('a', { quotas: [{ subject: 'a', stamps: 0, cost: null }] }),
    countRequest: async () => null,
    onEnd: () => () => {},
  }),
};
const DISABLED: Scenario = { pool: { enabled: false } };

/** Requests that lead to each response, by operation id. */
const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  poolStatus: [{ pool: { stamps: [aStamp()], run: aRun() } }, DISABLED],
  availableStamps: [{ pool: {} }, { pool: { stamps: [aStamp()] } }, DISABLED],
  acquireStamp: [
    { pool: { stamps: [aStamp()] }, body: { size: 'small' } },
    { pool: { stamps: [aStamp()] }, body: {}, key: 'k', times: 2 },
    { pool: {}, body: { size: 'small' } },
    { pool: {}, body: { size: 'huge' } },
    { pool: atLimit, body: {} },
    { ...DISABLED, body: {} },
  ],
  runMaintenance: [{ pool: { run: aRun() } }, { pool: { noHolder: true } }, DISABLED],
};

async function lastResponse(
  server: RestServer,
  url: string,
  { method, scenario }: Sending,
): Promise<Response> {
  const { body, key, times = 1 } = scenario;
  const request = {
    method,
    headers: { 'Content-Type': 'application/json', ...(key && { 'Idempotency-Key': key }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  };
  for (let n = 1; n < times; n += 1) await fetch(server.url + url, request);
  return await fetch(server.url + url, request);
}

/** Statuses that a request gets without reaching the handler of its route. */
const REFUSED: readonly (readonly [status: number, request: RequestInit])[] = [
  [413, { body: ' '.repeat(200_000) }],
  [415, { body: '{}', headers: { 'Content-Encoding': 'gzip' } }],
];

/** Statuses of any request. `fetch` sends no such requests. */
const REFUSED_HEADERS: readonly (readonly [status: number, headers: Record<string, string>])[] = [
  [400, { Host: 'a b' }],
  [417, { Expect: 'x' }],
  [431, { 'X-Long': 'x'.repeat(20_000) }],
];

const operationSchema = z.object({
  tags: z.array(z.string()),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ example: z.looseObject({}) }) }) })
    .optional(),
  responses: z.record(z.string(), z.object({ description: z.string() })),
});

const openApiDocument = z.object({
  servers: z.array(z.object({ url: z.string() })),
  info: z.object({ license: z.object({ name: z.string() }) }),
  tags: z.array(z.object({ name: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
});

interface Sending {
  readonly method: string;
  readonly scenario: Scenario;
}

describe.each([contract2026January, contract2026April])('the REST API of contract $name', (contract) => {
  test.each(ROUTES)(
    'answers $method $path with each documented status, as its schema says',
    async (route) => {
      const documented = documentedResponses(route, contract);
      const reached = new Set<string>();
      for (const scenario of SCENARIOS[route.operationId] ?? []) {
        await using server = await restServer({ ...scenario.pool, contract });
        const response = await lastResponse(server, REST_PREFIX + route.path, {
          method: route.method,
          scenario,
        });
        const { schema, headers = {} } = documented[response.status] ?? {};
        const body: unknown = await response.json();
        expect(schema?.parse(body), `${response.status} has no key that is not documented`).toEqual(body);
        const sent = ['Retry-After', 'Idempotent-Replayed'].filter((name) => response.headers.has(name));
        expect(Object.keys(headers)).toEqual(expect.arrayContaining(sent));
        reached.add(String(response.status));
      }
      expect([...reached].toSorted()).toEqual(Object.keys(documented).toSorted());
    },
  );

  test('is described by the OpenAPI document that it serves', async () => {
    await using server = await restServer({ contract });
    const response = await fetch(`${server.url}${REST_PREFIX}/openapi.json`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ]);
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openApi(contract))));
  });

  test('has what generators and linters of OpenAPI ask for: a server, a license, and a tag per operation', () => {
    const { servers, info, tags, paths } = openApiDocument.parse(openApi(contract));
    expect([servers.map(({ url }) => url), info.license.name]).toEqual([['/'], 'MIT']);
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(operations.map((operation) => operation.tags)).toEqual(operations.map(() => [tags[0]?.name]));
  });

  test('has a request for programs that make requests from a document, and it is valid', async () => {
    const operation = openApiDocument.parse(openApi(contract)).paths[ACQUIRE_PATH]?.['post'];
    const example = operation?.requestBody?.content['application/json'].example ?? {};
    expect(example).toEqual({ size: 'small' });
    await using server = await restServer({ contract, stamps: [aStamp()] });
    expect((await server.acquire(example)).status).toBe(200);
  });

  test('documents every reason for a status that has several', () => {
    const { paths } = openApiDocument.parse(openApi(contract));
    const described = (path: string, status: number): string | undefined =>
      paths[REST_PREFIX + path]?.['post']?.responses[status]?.description;
    const disabled = contract.disabled.status;
    for (const path of ['/pool/acquire', '/pool/check']) {
      expect(described(path, 503)).toContain('The database fails, or the service is overloaded or stops.');
      expect(described(path, disabled)).toContain('The pool is disabled.');
    }
    expect(described('/pool/check', 503)).toContain('No replica makes the runs at the moment.');
    expect(described('/pool/acquire', 429)).toContain(
      'Another stamp would exceed a daily limit of the caller.',
    );
    expect(described('/pool/acquire', 429)).toContain('Too many requests');
  });

  test('documents the statuses that requests are refused with', async () => {
    await using server = await restServer({ contract });
    const { paths } = openApiDocument.parse(openApi(contract));
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { responses }] of Object.entries(operations)) {
        for (const [status, headers] of REFUSED_HEADERS) {
          const response = await send(server.url + path, { method: method.toUpperCase(), headers });
          expect([path, response.status]).toEqual([path, status]);
          expect(errorDetailSchema.parse(JSON.parse(response.body))).toBeDefined();
          expect(Object.keys(responses)).toContain(String(status));
        }
      }
      if (!operations['post']) continue;
      for (const [status, request] of REFUSED) {
        const response = await fetch(server.url + path, { method: 'POST', ...request });
        expect([path, response.status]).toEqual([path, status]);
        expect(errorDetailSchema.parse(await response.json())).toBeDefined();
        expect(Object.keys(operations['post'].responses)).toContain(String(status));
      }
    }
  });
});
