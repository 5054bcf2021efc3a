import { lexicographicSortSchema, printSchema } from 'graphql';
import { createSchema } from './schema.ts';

/** What schema.graphql holds. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(createSchema()))}\n`;
