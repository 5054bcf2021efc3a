import { z } from 'zod';
import type { Contract } from './contract.ts';
import { errorDetailSchema, nodeSchema } from './response-schemas.ts';
import {
  allResponses,
  documentedResponses,
  REST_PREFIX,
  RETRY_AFTER_SECONDS,
  type ResponseDescription,
  ROUTES,
  type Route,
} from './routes.ts';
import { validationIssueSchema } from './validation-issue.ts';

/** The OpenAPI 3.1 document, printed from ROUTES and their schemas. */
export function openApi(contract: Contract): Record<string, unknown> {
  const components = z.registry<{ id: string }>();
  const paths = ROUTES.map((route) => [
    REST_PREFIX + route.path,
    { [route.method.toLowerCase()]: operation(route, contract, components) },
  ]);
  for (const shared of [nodeSchema, validationIssueSchema]) reference(shared, components);
  const { schemas } = z.toJSONSchema(components, {
    uri: (id) => `#/components/schemas/${id}`,
    override: loosen,
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Swarm stamp pool',
      version: contract.name,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'The service that this document comes from.' }],
    tags: [{ name: TAG, description: 'The reserve of stamps.' }],
    paths: Object.fromEntries(paths),
    components: {
      securitySchemes: { [BEARER]: { type: 'http', scheme: 'bearer', description: BEARER_DESCRIPTION } },
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]),
      ),
    },
  };
}

/** CommonMark, of which the page for people has paragraphs and code. */
const DESCRIPTION = [
  'Gives out usable Swarm postage stamps at once, from a reserve that is bought ahead of need. The same pool is served over GraphQL at `/graphql`.',
  'Requests need a token as soon as the operator has created one: `Authorization: Bearer <token>`. Each operation lists scopes; one of them is enough.',
  'Send an `Idempotency-Key` with each acquisition that may have to be repeated: a retry with the same key gets the same stamp.',
  'Responses carry `RateLimit` and `RateLimit-Policy` if the requests of the caller are limited. Wait for `Retry-After` seconds after a 429 or 503.',
].join('\n\n');

const TAG = 'pool';
const BEARER = 'bearer';
const BEARER_DESCRIPTION =
  'An API token or a JWT. Needed once the operator has created a token. The roles are its scopes; one of them is enough.';

/** Alternatives. An empty one stands for the anonymous tier. */
const securityOf = ({ requires: { scopes, anonymousTier } }: Route): readonly Record<string, string[]>[] => [
  ...scopes.map((scope) => ({ [BEARER]: [scope] })),
  ...(anonymousTier ? [{}] : []),
];

const CHALLENGE = {
  'WWW-Authenticate': { description: 'What is missing, as in RFC 6750.', schema: { type: 'string' } },
};

/** Sent before the handler of a route runs, or in its place. */
const REFUSALS: Readonly<Record<number, ResponseDescription>> = {
  400: {
    description: 'The request is not valid HTTP, or its JSON is nested too deep.',
    schema: errorDetailSchema,
  },
  401: { description: 'No token, or one that is not valid.', schema: errorDetailSchema, headers: CHALLENGE },
  403: {
    description:
      'The token does not have the scope, or the service does not accept the host name or the origin.',
    schema: errorDetailSchema,
    headers: CHALLENGE,
  },
  408: { description: 'The request did not arrive in time.', schema: errorDetailSchema },
  417: { description: 'The header Expect is not "100-continue".', schema: errorDetailSchema },
  429: {
    description:
      'Too many requests of this owner or address, or too many with wrong tokens from this address.',
    schema: errorDetailSchema,
    headers: { 'Retry-After': RETRY_AFTER_SECONDS },
  },
  431: { description: 'The headers are too large.', schema: errorDetailSchema },
  503: {
    description:
      'The database fails, or the service is overloaded or stops. The message says what that means for a stamp.',
    schema: errorDetailSchema,
    headers: { 'Retry-After': RETRY_AFTER_SECONDS },
  },
};

/** The same, for routes whose request has a body. */
const BODY_REFUSALS: Readonly<Record<number, ResponseDescription>> = {
  413: { description: 'The body is too large.', schema: errorDetailSchema },
  415: {
    description: 'The body has a content coding.',
    schema: errorDetailSchema,
    headers: { 'Accept-Encoding': { description: 'Always identity.', schema: { type: 'string' } } },
  },
};

/** The schemas that are named in `components`. */
type Components = z.core.$ZodRegistry<{ id: string }>;

function operation(route: Route, contract: Contract, components: Components): Record<string, unknown> {
  const { operationId, summary, description, headers, body } = route;
  const content = (schema: z.ZodType, details: object = {}) => ({
    'application/json': { schema: reference(schema, components), ...details },
  });
  const response = ({ schema, ...described }: ResponseDescription) => ({
    ...described,
    content: content(schema),
  });
  return {
    operationId,
    tags: [TAG],
    summary,
    ...(description && { description }),
    security: securityOf(route),
    ...(headers && {
      parameters: Object.entries(headers).map(([name, header]) => ({
        name,
        in: 'header',
        required: false,
        ...header,
      })),
    }),
    ...(body && { requestBody: { required: true, content: content(body, exampleOf(body)) } }),
    responses: Object.fromEntries(
      Object.entries(
        allResponses(
          REFUSALS,
          route.method === 'POST' ? BODY_REFUSALS : {},
          documentedResponses(route, contract),
        ),
      ).map(([status, described]) => [status, response(described)]),
    ),
  };
}

/** Programs that make requests from a document, such as Postman, read no examples of a schema, and would invent each value. */
function exampleOf(schema: z.ZodType): { readonly example?: unknown } {
  const [example] = z.array(z.unknown()).parse(schema.meta()?.examples ?? []);
  return example === undefined ? {} : { example };
}

/** Adds the schema to the components. @throws TypeError if it has no id in its meta(). */
function reference(schema: z.core.$ZodType, components: Components): Record<string, unknown> {
  if (schema instanceof z.ZodArray) return { type: 'array', items: reference(schema.element, components) };
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) throw new TypeError('a schema of the REST API has no id in its meta()');
  components.add(schema, { id });
  return { $ref: `#/components/schemas/${id}` };
}

/** Objects may get further keys, and the limits of JavaScript's integers are not part of the API. */
function loosen({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  delete jsonSchema.propertyNames;
}

/** Inside an OpenAPI document the dialect and the id of a schema are implied. */
function withoutDialect({
  $schema: _dialect,
  $id: _id,
  ...schema
}: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
