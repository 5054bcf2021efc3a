import { z } from 'zod';
import type { Contract } from './contract.ts';
import { nodeSchema } from './response-schemas.ts';
import { documentedResponses, REST_PREFIX, type ResponseDescription, ROUTES, type Route } from './routes.ts';
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
      description: 'Usable Swarm postage stamps at once, from a reserve bought ahead of need.',
    },
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries(
        Object.entries(schemas).map(([id, schema]) => [id, withoutDialect(schema)]),
      ),
    },
  };
}

/** The schemas that are named in `components`. */
type Components = z.core.$ZodRegistry<{ id: string }>;

function operation(route: Route, contract: Contract, components: Components): Record<string, unknown> {
  const { operationId, summary, description, headers, body } = route;
  const content = (schema: z.ZodType) => ({ 'application/json': { schema: reference(schema, components) } });
  const response = ({ schema, ...described }: ResponseDescription) => ({
    ...described,
    content: content(schema),
  });
  return {
    operationId,
    summary,
    ...(description && { description }),
    ...(headers && {
      parameters: Object.entries(headers).map(([name, header]) => ({
        name,
        in: 'header',
        required: false,
        ...header,
      })),
    }),
    ...(body && { requestBody: { required: true, content: content(body) } }),
    responses: Object.fromEntries(
      Object.entries(documentedResponses(route, contract)).map(([status, described]) => [
        status,
        response(described),
      ]),
    ),
  };
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
