import { z } from 'zod';
import { exceedsLimits } from '../json-limits.ts';
import { depthSchema, sizeSchema } from '../pool/acquire-input.ts';
import { fastApiIssue, type ValidationIssue } from './validation-issue.ts';

/** What pydantic takes for an integer in lax mode: 17, 17.0, "17", " 17.0 ", true. Anything else is told in its words. */
const laxInteger = z.unknown().transform((given, context): number | null | undefined => {
  if (given === null || given === undefined) return given;
  if (typeof given === 'boolean') return given ? 1 : 0;
  if (typeof given === 'number') {
    if (Number.isInteger(given)) return clamped(given);
    return refuse(
      context,
      'int_from_float',
      'Input should be a valid integer, got a number with a fractional part',
    );
  }
  if (typeof given !== 'string') return refuse(context, 'int_type', 'Input should be a valid integer');
  if (/^[+-]?\d+(_\d+)*(\.0+)?$/.test(given.trim())) return clamped(Number(given.trim().replaceAll('_', '')));
  return refuse(
    context,
    'int_parsing',
    'Input should be a valid integer, unable to parse string as an integer',
  );
});

/** Numbers that JavaScript does not hold exactly are out of every range asked for here. */
const clamped = (count: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, count));

function refuse(context: z.RefinementCtx, type: string, message: string): never {
  context.addIssue({ code: 'custom', message, params: { type } });
  return z.NEVER;
}

/** The body of POST acquire. The OpenAPI document is printed from it too. Unknown fields are ignored. */
export const acquireBodySchema = z
  .object({
    size: sizeSchema.nullish().meta({
      description: 'Preferred size; small when neither size nor depth is given. A larger stamp may be given.',
    }),
    depth: laxInteger
      .pipe(depthSchema.nullish())
      .optional()
      .meta({ description: 'Depth asked for; wins over size.' }),
  })
  .meta({ id: 'AcquireStampRequest', examples: [{ size: 'small' }] });

export type AcquireBody = z.infer<typeof acquireBodySchema>;
export type Checked<Value> = { readonly value: Value } | { readonly issues: readonly ValidationIssue[] };

/** Deeper than any request of ours, and far from where a stack ends. */
const DEEPEST_NESTING = 20;
const JSON_TYPE = /^application\/(?:[^\s;]+\+)?json\s*(?:;|$)/i;

/** Reads the body as FastAPI does: without a JSON content type it is a mere text. @throws NestingError */
export function checkAcquireBody(
  contentType: string | undefined,
  text: string | undefined,
): Checked<AcquireBody> {
  if (!text) return { issues: [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }] };
  const parsed = JSON_TYPE.test(contentType ?? '') ? parseJson(text) : { value: text };
  if ('issues' in parsed) return parsed;
  const checked = acquireBodySchema.safeParse(parsed.value);
  if (checked.success) return { value: checked.data };
  return { issues: checked.error.issues.map((issue) => fastApiIssue(issue, parsed.value)) };
}

function parseJson(text: string): Checked<unknown> {
  if (exceedsLimits(text, { levels: DEEPEST_NESTING }))
    throw new NestingError(`JSON nesting too deep. Maximum depth is ${DEEPEST_NESTING} levels.`);
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const position = Number(/at position (\d+)/.exec(error.message)?.[1] ?? text.length);
    const ctx = { error: error.message };
    return {
      issues: [{ type: 'json_invalid', loc: ['body', position], msg: 'JSON decode error', input: {}, ctx }],
    };
  }
}

/** A request that is refused before it is read. */
class NestingError extends Error {
  override readonly name = 'NestingError';
  readonly statusCode = 400;
}
