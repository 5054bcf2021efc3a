import { isUtf8 } from 'node:buffer';
import type { FastifyRequest } from 'fastify';
import { exceedsLimits, type JsonLimits } from '../json-limits.ts';

/** The text of a JSON body. Invalid UTF-8 is rejected: replacement characters would make different keys equal. */
export function readJson(
  { headers }: FastifyRequest,
  bytes: Buffer,
  done: (error: Error | null, text?: string) => void,
): void {
  if (!isUtf8Charset(headers['content-type'])) {
    return done(new BadRequestError(415, 'Send the request as application/json in UTF-8.'));
  }
  if (!isUtf8(bytes)) return done(new BadRequestError(400, 'The body is not UTF-8.'));
  const text = bytes.toString();
  if (text === '') return done(new BadRequestError(400, 'POST body sent invalid JSON.'));
  if (exceedsLimits(text, JSON_LIMITS)) return done(new BadRequestError(400, TOO_LARGE));
  return done(null, text);
}

const isUtf8Charset = (contentType = ''): boolean => {
  const charset = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(contentType)?.[1];
  return charset === undefined || /^(?:utf-?8|us-ascii)$/i.test(charset);
};

/** Checks the parameters of a GET that are JSON. @throws BadRequestError */
export function checkParameters(parameters: URLSearchParams): void {
  for (const name of ['variables', 'extensions']) {
    const text = parameters.get(name) ?? '';
    if (exceedsLimits(text, JSON_LIMITS)) throw new BadRequestError(400, TOO_LARGE);
    if (text !== '' && !isJson(text)) throw new BadRequestError(400, `The parameter ${name} is not JSON.`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Far above what any valid request needs, and far below what overflows the stack or makes an error message megabytes long. */
export const JSON_LIMITS: JsonLimits = { levels: 20, values: 1000 };

/** The request is rejected before Yoga reads it. */
export class BadRequestError extends Error {
  override readonly name = 'BadRequestError';
  readonly statusCode: 400 | 406 | 415;

  constructor(statusCode: 400 | 406 | 415, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const TOO_LARGE = `JSON may have ${JSON_LIMITS.levels} levels and ${JSON_LIMITS.values} values.`;
