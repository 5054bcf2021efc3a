import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema, GraphQLError, parse, validate } from 'graphql';

/** The published schema: generated documents follow it. */
export const SCHEMA = buildSchema(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8'));

/** The most stamps that a document may acquire: 0 if it is not valid for the published schema. */
export function stampsAskedBy(document: unknown): number {
  if (typeof document !== 'string') return 0;
  const count = document.split('acquireStamp').length - 1;
  return count > 0 && isValid(document) ? count : 0;
}

function isValid(document: string): boolean {
  try {
    return (
      validate(SCHEMA, parse(document, { maxTokens: MAX_TOKENS }), undefined, { maxErrors: 1 }).length === 0
    );
  } catch (error) {
    if (error instanceof GraphQLError || error instanceof RangeError) return false; // RangeError: nested too deeply
    throw error;
  }
}

const MAX_TOKENS = 5000;
