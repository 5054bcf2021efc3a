import { z } from 'zod';
import { acquireBodySchema } from './acquire-body.ts';
import {
  acquireSchema,
  availableStampSchema,
  detailSchema,
  invalidRequestSchema,
  nodeSchema,
  statusSchema,
} from './answers.ts';
import type { Contract } from './contract.ts';
import { validationIssueSchema } from './validation-issue.ts';

/** OpenAPI 3.1, printed from the schemas that check requests and type the answers. */
export function openApi(contract: Contract): Record<string, unknown> {
  const components = z.registry<{ id: string }>();
  const ref = (schema: z.ZodType): { readonly $ref: string } => {
    const id = z.globalRegistry.get(schema)?.id;
    if (id === undefined) throw new TypeError('a schema of the REST API has no id in its meta()');
    components.add(schema, { id });
    return { $ref: `#/components/schemas/${id}` };
  };
  const paths = pathsOf(contract, (schema) => ({ 'application/json': { schema: ref(schema) } }), ref);
  for (const shared of [nodeSchema, validationIssueSchema]) ref(shared);
  const { schemas } = z.toJSONSchema(components, {
    uri: (id) => `#/components/schemas/${id}`,
    override: tidied,
  });
  return {
    openapi: '3.1.0',
    info: {
      title: 'Swarm stamp pool',
      version: contract.name,
      description: 'Usable Swarm postage stamps at once, from a reserve that was bought ahead.',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, bare(schema)])),
    },
  };
}

type Content = (schema: z.ZodType) => Record<string, unknown>;

function pathsOf(
  contract: Contract,
  content: Content,
  ref: (schema: z.ZodType) => object,
): Record<string, unknown> {
  const ok = (schema: z.ZodType) => ({ description: 'OK', content: content(schema) });
  const disabled = {
    [contract.disabled.status]: { description: 'The pool is disabled.', content: content(detailSchema) },
  };
  const { exhaustedSchema } = contract;
  const exhausted = exhaustedSchema && {
    [exhaustedSchema.status]: {
      description: 'No stamp is available.',
      headers: { 'Retry-After': RETRY_AFTER },
      content: content(exhaustedSchema.schema),
    },
  };
  return {
    '/api/v1/pool/status': {
      get: { operationId: 'poolStatus', summary: 'Get Pool Status', responses: { 200: ok(statusSchema) } },
    },
    '/api/v1/pool/available': {
      get: {
        operationId: 'availableStamps',
        summary: 'List Available Stamps',
        responses: {
          200: {
            description: 'OK',
            content: { 'application/json': { schema: { type: 'array', items: ref(availableStampSchema) } } },
          },
          ...disabled,
        },
      },
    },
    '/api/v1/pool/acquire': {
      post: {
        operationId: 'acquireStamp',
        summary: 'Acquire Stamp from Pool',
        description: 'Gives one stamp to the caller, for good.',
        parameters: [IDEMPOTENCY_KEY],
        requestBody: { required: true, content: content(acquireBodySchema) },
        responses: {
          200: {
            ...ok(acquireSchema),
            headers: { 'Retry-After': RETRY_AFTER, 'Idempotent-Replayed': IDEMPOTENT_REPLAYED },
          },
          ...exhausted,
          422: { description: 'What is wrong with the request.', content: content(invalidRequestSchema) },
          ...disabled,
        },
      },
    },
    '/api/v1/pool/check': {
      post: {
        operationId: 'runMaintenance',
        summary: 'Trigger Pool Maintenance',
        description: 'Answers when the turn has ended; a purchase it sent may still be on its way.',
        responses: { 200: ok(contract.checkSchema), ...disabled },
      },
    },
  };
}

const RETRY_AFTER = {
  description: 'On an exhausted pool: seconds until stock is expected, when some is.',
  schema: { type: 'integer' },
};

const IDEMPOTENT_REPLAYED = {
  description: 'Sent when the key was used before: the body names the stamp that was acquired then.',
  schema: { const: 'true' },
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'A retry with the same key gets the same stamp; the same key with another request is a 422. "k" and k are the same key.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** Objects are open, as in any API that may grow; and what JavaScript can count to is no promise of ours. */
function tidied({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  delete jsonSchema.propertyNames;
}

/** Within a document of its own dialect a schema needs neither. */
function bare({ $schema: _dialect, $id: _id, ...schema }: Record<string, unknown>): Record<string, unknown> {
  return schema;
}
