import { type GraphQLField, getNamedType, isInterfaceType, isObjectType, isScalarType } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Scope } from '../../src/domain/caller.ts';
import { requirementOf } from '../../src/graphql/requirements.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { REST_PREFIX, ROUTES } from '../../src/rest/routes.ts';
import { VALID, VALID_NAMES, type ValidName } from './credentials.ts';
import { AVAILABLE, type MatrixServer, matrixServer } from './matrix-server.ts';

let matrix: MatrixServer;
beforeAll(async () => {
  matrix = await matrixServer();
});
afterAll(async () => {
  await matrix[Symbol.asyncDispose]();
});

interface Row {
  /** One of these is enough. null: no token is needed. */
  readonly scopes: readonly Scope[] | null;
}

const isAllowed = (name: ValidName, { scopes }: Row): boolean =>
  scopes === null || scopes.some((scope) => VALID[name].some((own) => own === scope));

const ROUTE_TABLE: Readonly<Record<string, Row>> = {
  'GET /': { scopes: null },
  'GET /health': { scopes: null },
  'GET /livez': { scopes: null },
  'GET /readyz': { scopes: null },
  'GET /metrics': { scopes: ['maintain'] },
  'GET /api/v1/openapi.json': { scopes: null },
  'GET /api/v1/docs': { scopes: null },
  'GET /docs': { scopes: null },
  'GET /api/v1/pool/status': { scopes: ['read'] },
  'GET /api/v1/pool/available': { scopes: ['acquire'] },
  'POST /api/v1/pool/acquire': { scopes: ['acquire'] },
  'POST /api/v1/pool/check': { scopes: ['maintain'] },
};

/** RFC 6750: without a token, the challenge names no error. */
const challengeFor = (name: string): RegExp =>
  name === 'no token'
    ? /^Bearer realm="stamp-pool"$/
    : /^Bearer realm="stamp-pool", error="invalid_token", error_description="[^"]+"$/;

async function send(route: string, authorization: string | undefined): Promise<Response> {
  const [method = '', path = ''] = route.split(' ');
  return await fetch(matrix.server.url + path, {
    method,
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    ...(method === 'POST' && { body: '{}' }),
  });
}

describe('each route of REST', () => {
  test('is in the table', () => {
    const rest = ROUTES.map(({ method, path }) => `${method} ${REST_PREFIX}${path}`);
    expect(Object.keys(ROUTE_TABLE)).toEqual(expect.arrayContaining(rest));
  });

  describe.each(Object.entries(ROUTE_TABLE))('%s', (route, row) => {
    test.each(VALID_NAMES)('with a token of: %s', async (name) => {
      const response = await send(route, matrix.valid.get(name));
      expect(response.status).toBe(isAllowed(name, row) ? 200 : 403);
      if (response.status === 200) return;
      const scope = row.scopes?.join(' ');
      expect(response.headers.get('www-authenticate')).toBe(
        `Bearer realm="stamp-pool", error="insufficient_scope", scope="${scope}"`,
      );
      expect(await response.json()).toEqual({ detail: `The token needs the scope ${scope}.` });
    });

    test('with credentials that are not accepted', async () => {
      for (const [name, authorization] of Object.entries(matrix.invalid)) {
        const response = await send(route, authorization);
        expect([name, response.status]).toEqual([name, row.scopes === null ? 200 : 401]);
        const pattern = row.scopes === null ? /^none$/ : challengeFor(name);
        expect(response.headers.get('www-authenticate') ?? 'none').toMatch(pattern);
      }
    });
  });
});

interface FieldRow extends Row {
  /** A document that asks for the field. For a field of a run or a node, it leads there from poolStatus. */
  readonly document: string;
  /** From the data to the field. */
  readonly path: readonly (string | number)[];
  /** What the way to the field needs. */
  readonly way?: Scope;
}

const root = (document: string, ...scopes: Scope[]): FieldRow => ({
  document,
  scopes,
  path: [/\{ (\w+)/.exec(document)?.[1] ?? ''],
});
const inStatus = (path: readonly (string | number)[], scope: Scope, selection = ''): FieldRow => ({
  document: `{ poolStatus ${nested(
    path.filter((step) => typeof step === 'string'),
    selection,
  )} }`,
  path: ['poolStatus', ...path],
  scopes: [scope],
  way: 'read',
});
const nested = ([field = '', ...rest]: readonly string[], selection: string): string =>
  `{ ${field} ${rest.length > 0 ? nested(rest, selection) : selection} }`;
const ofAction = (index: number, type: string, field: string, scope: Scope): FieldRow => ({
  document: `{ poolStatus { lastRun { actions { ... on ${type} { ${field} } } } } }`,
  path: ['poolStatus', 'lastRun', 'actions', index, field],
  scopes: [scope],
  way: 'read',
});
const costsOf = (index: number, type: string): Record<string, FieldRow> => ({
  [`${type}.cost`]: ofAction(index, type, 'cost', 'maintain'),
  [`${type}.costBzz`]: ofAction(index, type, 'costBzz', 'maintain'),
});
const ofOrder = (field: string): FieldRow => ({
  document: `{ orders { edges { node { ${field} } } } }`,
  path: ['orders', 'edges', 0, 'node', field],
  scopes: ['acquire'],
  way: 'maintain',
});

const FIELD_TABLE: Readonly<Record<string, FieldRow>> = {
  'Query.viewer': root('{ viewer { owner } }', 'read', 'acquire', 'maintain'),
  'Query.poolStatus': root('{ poolStatus { enabled } }', 'read'),
  'Query.history': root('{ history(window: HOUR) { to } }', 'read'),
  'Query.availableStamps': root('{ availableStamps { edges { cursor } } }', 'acquire'),
  'Query.stamp': root(`{ stamp(batchId: "${AVAILABLE}") { depth } }`, 'read', 'acquire'),
  'Query.myAcquisitions': root('{ myAcquisitions { edges { cursor } } }', 'read', 'acquire'),
  'Query.orders': root('{ orders { edges { cursor } } }', 'maintain'),
  'Query.acquisitions': root('{ acquisitions { edges { cursor } } }', 'maintain'),
  'Query.webhookDeliveries': root('{ webhookDeliveries { edges { cursor } } }', 'maintain'),
  'Mutation.sendTestWebhook': root('mutation { sendTestWebhook { __typename } }', 'maintain'),
  'Mutation.resendWebhook': root('mutation { resendWebhook(id: "1") { __typename } }', 'maintain'),
  'Mutation.acquireStamp': root('mutation { acquireStamp(input: { depth: 40 }) { __typename } }', 'acquire'),
  'Mutation.runMaintenance': root(
    'mutation { runMaintenance(input: { dryRun: false }) { __typename } }',
    'maintain',
  ),
  'PoolStatus.fullReserveCost': inStatus(['fullReserveCost'], 'maintain'),
  'PoolStatus.fullReserveCostBzz': inStatus(['fullReserveCostBzz'], 'maintain'),
  'PoolStatus.nextReplenishmentCost': inStatus(['nextReplenishmentCost'], 'maintain'),
  'PoolStatus.nextReplenishmentCostBzz': inStatus(['nextReplenishmentCostBzz'], 'maintain'),
  'PoolStatus.spentLastDay': inStatus(['spentLastDay'], 'maintain'),
  'PoolStatus.spentLastDayBzz': inStatus(['spentLastDayBzz'], 'maintain'),
  'PoolStatus.dailyLimit': inStatus(['dailyLimit'], 'maintain'),
  'PoolStatus.dailyLimitBzz': inStatus(['dailyLimitBzz'], 'maintain'),
  'PoolStatus.fundsRunwayDays': inStatus(['fundsRunwayDays'], 'maintain'),
  'PoolStatus.replica': inStatus(['replica'], 'maintain'),
  'BeeNode.wallet': inStatus(['nodes', 0, 'wallet'], 'maintain', '{ plur }'),
  'BeeNode.holder': inStatus(['nodes', 0, 'holder'], 'maintain', ''),
  'BeeNode.openOrders': inStatus(['nodes', 0, 'openOrders'], 'maintain', '{ id }'),
  ...costsOf(0, 'Action'),
  ...costsOf(0, 'BuyAction'),
  'BuyAction.amount': ofAction(0, 'BuyAction', 'amount', 'maintain'),
  ...costsOf(1, 'TopUpAction'),
  'TopUpAction.amount': ofAction(1, 'TopUpAction', 'amount', 'maintain'),
  'TopUpAction.batchId': ofAction(1, 'TopUpAction', 'batchId', 'acquire'),
  ...costsOf(2, 'ExpireAction'),
  'ExpireAction.batchId': ofAction(2, 'ExpireAction', 'batchId', 'acquire'),
  ...costsOf(3, 'AdoptAction'),
  'AdoptAction.batchId': ofAction(3, 'AdoptAction', 'batchId', 'acquire'),
  ...costsOf(4, 'HoldAction'),
  'Order.batchId': ofOrder('batchId'),
  'Order.claimedBatchId': ofOrder('claimedBatchId'),
};

const answerSchema = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z.object({
        path: z.array(z.union([z.string(), z.number()])).optional(),
        extensions: z.object({ code: z.string(), requiredScopes: z.array(z.string()).optional() }),
      }),
    )
    .optional(),
});

function expectedCell(name: ValidName, row: FieldRow) {
  const [rootField] = row.path;
  const refused = (path: readonly unknown[], requiredScopes: readonly Scope[] | null) =>
    expect.objectContaining({ path, extensions: { code: 'FORBIDDEN', requiredScopes } });
  const { way } = row;
  if (way !== undefined && !isAllowed(name, { scopes: [way] }))
    return { status: 403, hasData: false, error: refused([rootField], [way]) };
  if (isAllowed(name, row)) return { status: 200, hasData: true, error: null };
  const isNullable = way !== undefined || rootField === 'stamp';
  return { status: isNullable ? 200 : 403, hasData: isNullable, error: refused(row.path, row.scopes) };
}

async function ask(document: string, authorization: string | undefined): Promise<Response> {
  return await fetch(`${matrix.server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
    body: JSON.stringify({ query: document }),
  });
}

/** Fields with a requirement of their own, and all fields of the root types. */
function guardedFields(): readonly string[] {
  const schema = createSchema();
  const roots = [schema.getQueryType(), schema.getMutationType()];
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    if (!isObjectType(type) && !isInterfaceType(type)) return [];
    const fields: GraphQLField<unknown, unknown>[] = Object.values(type.getFields());
    return fields
      .filter((field) => requirementOf(field) !== null || roots.some((one) => one === type))
      .map(({ name }) => `${type.name}.${name}`);
  });
}

describe('each field of GraphQL', () => {
  test('that has a scope is in the table', () => {
    const table = [...Object.keys(FIELD_TABLE), 'Subscription.reserveLevels'];
    expect(table.toSorted()).toEqual(guardedFields().toSorted());
  });

  test('that holds the id of a batch, funds or spending has a scope, or is of a stamp or an acquisition', () => {
    const schema = createSchema();
    const open = Object.values(schema.getTypeMap()).flatMap((type) => {
      if (!isObjectType(type) && !isInterfaceType(type)) return [];
      return Object.values(type.getFields())
        .filter((field) => {
          const named = getNamedType(field.type);
          return isScalarType(named) && ['BatchID', 'Plur', 'Wei'].includes(named.name);
        })
        .filter((field) => requirementOf(field) === null)
        .map(({ name }) => `${type.name}.${name}`);
    });
    // Stamps and acquisitions are reached by fields that have the scope; so are orders and the wallet.
    expect(open.toSorted()).toEqual([
      'Acquisition.batchId',
      'Acquisition.cost',
      'BeeNode.price',
      'Order.amount',
      'Order.cost',
      'Stamp.amount',
      'Stamp.batchId',
      'Stamp.cost',
      'Wallet.plur',
      'Wallet.wei',
    ]);
  });

  describe.each(Object.entries(FIELD_TABLE))('%s', (_field, row) => {
    test.each(VALID_NAMES)('with a token of: %s', async (name) => {
      const response = await ask(row.document, matrix.valid.get(name));
      const { data, errors } = answerSchema.parse(await response.json());
      expect({ status: response.status, hasData: Boolean(data), error: errors?.[0] ?? null }).toEqual(
        expectedCell(name, row),
      );
    });

    test('with credentials that are not accepted', async () => {
      for (const [name, authorization] of Object.entries(matrix.invalid)) {
        const response = await ask(row.document, authorization);
        const { errors } = answerSchema.parse(await response.json());
        expect([name, response.status, errors?.[0]?.extensions.code]).toEqual([name, 401, 'UNAUTHENTICATED']);
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="stamp-pool"/);
      }
    });
  });
});

/** Everything that is text, from wherever it can be read. */
const TEXTS = `errors { subject message }
  lastRun { errors actions { reason summary } node { staleReason } }
  nodes { staleReason }`;

test.each(VALID_NAMES)(
  'no text shows a batch id or an amount to a token of: %s, unless it may see them',
  async (name) => {
    const authorization = matrix.valid.get(name);
    const bodies = await Promise.all([
      ask(`{ poolStatus { ${TEXTS} } }`, authorization),
      ask('{ orders { edges { node { reason cause batchId claimedBatchId } } } }', authorization),
      ask(
        'mutation { runMaintenance { ... on MaintenanceReport { run { errors actions { reason summary } } } } }',
        authorization,
      ),
      send('GET /api/v1/pool/status', authorization),
      send('POST /api/v1/pool/check', authorization),
    ]);
    const text = (await Promise.all(bodies.map((body) => body.text()))).join('\n');
    const [mayAcquire, mayMaintain, mayRead] = (['acquire', 'maintain', 'read'] as const).map((scope) =>
      VALID[name].some((own) => own === scope),
    );
    const seesTexts = mayRead || mayMaintain;
    expect(/[0-9a-f]{64}/.test(text)).toBe(Boolean(mayAcquire && seesTexts));
    expect(text.includes('1.5 BZZ')).toBe(Boolean(mayMaintain));
  },
);

test('REST status without acquire has the same shape, with levels and empty lists', async () => {
  const [reading, both] = await Promise.all(
    (['read', 'read and acquire'] as const).map(
      async (name): Promise<unknown> =>
        await (await send('GET /api/v1/pool/status', matrix.valid.get(name))).json(),
    ),
  );
  const status = z.looseObject({
    available_stamps: z.record(z.string(), z.array(z.string())),
    errors: z.unknown(),
  });
  const [withoutIds, withIds] = [status.parse(reading), status.parse(both)];
  expect(withIds.available_stamps['17']?.length).toBeGreaterThan(0);
  expect(withoutIds).toEqual({ ...withIds, available_stamps: { 17: [] }, errors: withoutIds.errors });
});
