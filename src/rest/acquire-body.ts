import { z } from 'zod';
import { exceedsLimits } from '../json-limits.ts';
import { depthSchema, nodeSchema, sizeSchema } from '../pool/acquire-input.ts';
import { fastApiIssue, type Parsed } from './validation-issue.ts';

/** Parses the body as FastAPI does: without a JSON content type the body is a string. @throws NestingError */
export function parseAcquireBody(
  contentType: string | undefined,
  text: string | undefined,
): Parsed<AcquireBody> {
  if (!text) return { issues: [{ type: 'missing', loc: ['body'], msg: 'Field required', input: null }] };
  const json = JSON_TYPE.test(contentType ?? '')
    ? parseJson(text.replace(BYTE_ORDER_MARK, ''))
    : { value: text };
  if ('issues' in json) return json;
  const body = acquireBodySchema.safeParse(json.value);
  if (body.success) return { value: body.data };
  return { issues: body.error.issues.map((issue) => fastApiIssue(issue, json.value)) };
}

/** Some programs write it at the beginning of a file. Python's JSON ignores it. */
const BYTE_ORDER_MARK = /^\ufeff/;

const JSON_TYPE = /^application\/(?:[^\s;]+\+)?json\s*(?:;|$)/i;

function parseJson(text: string): Parsed<unknown> {
  if (exceedsLimits(text, { levels: MAX_NESTING }))
    throw new NestingError(`JSON nesting too deep. Maximum depth is ${MAX_NESTING} levels.`);
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

/** Deeper than any valid request, and far below the depth that overflows the stack. */
const MAX_NESTING = 20;

/** The body is rejected before it is parsed. */
class NestingError extends Error {
  override readonly name = 'NestingError';
  readonly statusCode = 400;
}

/** The integers of pydantic's lax mode: 17, 17.0, "17", " 17.0 ", true. Other values get its error types and messages. */
const laxInteger = z.unknown().transform((given, context): number | null | undefined => {
  if (given === null || given === undefined) return given;
  if (typeof given === 'boolean') return given ? 1 : 0;
  if (typeof given === 'number') {
    if (Number.isInteger(given)) return clamp(given);
    return reject(
      context,
      'int_from_float',
      'Input should be a valid integer, got a number with a fractional part',
    );
  }
  if (typeof given !== 'string') return reject(context, 'int_type', 'Input should be a valid integer');
  if (/^[+-]?\d+(_\d+)*(\.0+)?$/.test(given.trim())) return clamp(Number(given.trim().replaceAll('_', '')));
  return reject(
    context,
    'int_parsing',
    'Input should be a valid integer, unable to parse string as an integer',
  );
});

/** Keeps integers that JavaScript cannot represent exactly out of range, so that the range check rejects them. */
const clamp = (count: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, count));

function reject(context: z.RefinementCtx, type: string, message: string): never {
  context.addIssue({ code: 'custom', message, params: { type } });
  return z.NEVER;
}

/** Unknown fields are ignored. */
export const acquireBodySchema = z
  .object({
    size: sizeSchema.nullish().meta({
      description: 'The size. Default: small, if no depth is given. A larger stamp may be given.',
    }),
    depth: laxInteger
      .pipe(depthSchema.nullish())
      .optional()
      .meta({ description: 'The depth. Takes precedence over size.' }),
    node: nodeSchema.nullish().meta({
      description: 'Only a stamp of the node with this name. Default: of any node that can give one.',
    }),
  })
  .meta({
    id: 'AcquireStampRequest',
    description: 'Which stamp to acquire. Unknown keys are ignored.',
    examples: [{ size: 'small' }],
  });

type AcquireBody = z.infer<typeof acquireBodySchema>;
