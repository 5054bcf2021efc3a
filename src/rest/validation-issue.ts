import { z } from 'zod';

/** One entry of `detail` in a 422 response, in FastAPI's format. */
export const validationIssueSchema = z
  .object({
    type: z.string().meta({ description: 'The kind of mistake, as pydantic names it.' }),
    loc: z
      .array(z.union([z.string(), z.int()]))
      .meta({ description: 'Where it is: "body" or "header", then the keys and indexes.' }),
    msg: z.string().meta({ description: 'What is wrong, as a sentence.' }),
    input: z.unknown().meta({ description: 'The rejected value.' }),
    ctx: z.record(z.string(), z.unknown()).optional().meta({ description: 'The values in the message.' }),
  })
  .meta({ id: 'ValidationError', description: 'One mistake in a request, in the format of FastAPI.' });

export type ValidationIssue = z.infer<typeof validationIssueSchema>;

/** A valid part of a request, or everything that is wrong with it. */
export type Parsed<Value> = { readonly value: Value } | { readonly issues: readonly ValidationIssue[] };

/** Converts an issue of zod into pydantic's type and message for it; `body` is the rejected value. */
export function fastApiIssue(issue: z.core.$ZodIssue, body: unknown): ValidationIssue {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  const { type, msg, ctx } = describe(issue);
  return { type, loc: ['body', ...path], msg, input: path.reduce(childOf, body), ...(ctx && { ctx }) };
}

function describe(issue: z.core.$ZodIssue): Pick<ValidationIssue, 'type' | 'msg' | 'ctx'> {
  if (issue.code === 'invalid_value') {
    const expected = alternatives(issue.values.map((value) => `'${String(value)}'`));
    return { type: 'literal_error', msg: `Input should be ${expected}`, ctx: { expected } };
  }
  if (issue.code === 'invalid_type' && issue.expected === 'string')
    return { type: 'string_type', msg: 'Input should be a valid string' };
  if (issue.code === 'too_small' && issue.origin === 'string') {
    const min = Number(issue.minimum);
    const msg = `String should have at least ${min} character${min === 1 ? '' : 's'}`;
    return { type: 'string_too_short', msg, ctx: { min_length: min } };
  }
  if (issue.code === 'too_big' && issue.origin === 'string') {
    const max = Number(issue.maximum);
    const msg = `String should have at most ${max} characters`;
    return { type: 'string_too_long', msg, ctx: { max_length: max } };
  }
  if (issue.code === 'too_small') {
    const ge = Number(issue.minimum);
    return { type: 'greater_than_equal', msg: `Input should be greater than or equal to ${ge}`, ctx: { ge } };
  }
  if (issue.code === 'too_big') {
    const le = Number(issue.maximum);
    return { type: 'less_than_equal', msg: `Input should be less than or equal to ${le}`, ctx: { le } };
  }
  if (issue.code === 'custom') return { type: String(issue.params?.['type']), msg: issue.message };
  return {
    type: 'model_attributes_type',
    msg: 'Input should be a valid dictionary or object to extract fields from',
  };
}

/** As an enumeration of the names of the nodes would be rejected. */
export function unknownNodeIssue(node: string, known: readonly string[]): ValidationIssue {
  const expected = alternatives(known.map((name) => `'${name}'`));
  const loc = ['body', 'node'];
  return { type: 'literal_error', loc, msg: `Input should be ${expected}`, input: node, ctx: { expected } };
}

const childOf = (parent: unknown, key: string | number): unknown =>
  typeof parent === 'object' && parent !== null
    ? new Map<unknown, unknown>(Object.entries(parent)).get(String(key))
    : undefined;

/** ["'small'", "'medium'", "'large'"] -> "'small', 'medium' or 'large'". */
const alternatives = (values: readonly string[]): string =>
  [values.slice(0, -1).join(', '), ...values.slice(-1)].filter(Boolean).join(' or ');
