import { z } from 'zod';

// The fields of the schema that several commands select, each with the parser of its response.

export const date = z.iso.datetime().transform((text) => new Date(text));

export const LEVEL_FIELDS =
  'depth sizeName target available onOrder surplus low tooShortLived withheld { reason count }';
export const levelSchema = z.object({
  depth: z.int(),
  sizeName: z.string(),
  target: z.int(),
  available: z.int(),
  onOrder: z.int(),
  surplus: z.int(),
  low: z.boolean(),
  tooShortLived: z.int(),
  withheld: z.array(z.object({ reason: z.string(), count: z.int() })),
});
export type Level = z.infer<typeof levelSchema>;

export const NODE_FIELDS =
  'name address seenAddress observedAt reachable fresh drained staleReason version block lagBlocks price publicUrl wallet { plur bzz wei xdai }';
export const nodeSchema = z.object({
  name: z.string(),
  address: z.string().nullable(),
  seenAddress: z.string().nullable(),
  observedAt: date,
  reachable: z.boolean(),
  fresh: z.boolean(),
  drained: z.boolean(),
  staleReason: z.string().nullable(),
  version: z.string().nullable(),
  block: z.int().nullable(),
  lagBlocks: z.int().nullable(),
  price: z.string().nullable(),
  publicUrl: z.string(),
  wallet: z.object({ plur: z.string(), bzz: z.string(), wei: z.string(), xdai: z.string() }).nullable(),
});
export type Node = z.infer<typeof nodeSchema>;

export const RUN_FIELDS = `startedAt endedAt nextAt dryRun purchasesSent topUpsSent adoptedOrRecovered errors
  node { ${NODE_FIELDS} }
  actions { __typename summary reason depth cost costBzz ... on HoldAction { code } }`;
const actionSchema = z.object({
  __typename: z.string(),
  summary: z.string(),
  reason: z.string(),
  depth: z.int().nullable(),
  cost: z.string().nullable(),
  costBzz: z.string().nullable(),
  /** Of a hold. */
  code: z.string().optional(),
});
export type Action = z.infer<typeof actionSchema>;
export const runSchema = z.object({
  startedAt: date,
  endedAt: date,
  nextAt: date,
  dryRun: z.boolean(),
  purchasesSent: z.int(),
  topUpsSent: z.int(),
  adoptedOrRecovered: z.int(),
  errors: z.array(z.string()),
  node: nodeSchema,
  actions: z.array(actionSchema),
});
export type Run = z.infer<typeof runSchema>;
/** One per node. */
export type Runs = readonly [Run, ...Run[]];

export const INCIDENT_FIELDS = 'code severity message suggestion subject firstAt lastAt count';
export const incidentSchema = z.object({
  code: z.string(),
  severity: z.string(),
  message: z.string(),
  suggestion: z.string(),
  subject: z.string(),
  firstAt: date,
  lastAt: date,
  count: z.int(),
});
export type Incident = z.infer<typeof incidentSchema>;

export const STAMP_FIELDS =
  'batchId depth sizeName amount cost costBzz expiresAt ttlSeconds effectiveBytes immutable node publicUrl uploadHeader { name value }';
export const stampSchema = z.object({
  batchId: z.string(),
  depth: z.int(),
  sizeName: z.string(),
  amount: z.string(),
  cost: z.string(),
  costBzz: z.string(),
  expiresAt: date.nullable(),
  ttlSeconds: z.int().nullable(),
  effectiveBytes: z.int(),
  immutable: z.boolean(),
  node: z.string(),
  publicUrl: z.string(),
  uploadHeader: z.object({ name: z.string(), value: z.string() }),
});
export type Stamp = z.infer<typeof stampSchema>;

export const FAILURE_FIELDS = '... on Failure { code message suggestion }';
export const failureSchema = z.object({
  __typename: z.string(),
  code: z.string(),
  message: z.string(),
  suggestion: z.string(),
});

/** A page of a Relay connection. */
export const pageSchema = <Item>(item: z.ZodType<Item>) =>
  z.object({
    edges: z.array(z.object({ node: item })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  });
