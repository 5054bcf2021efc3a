import type { GraphQLSchema } from 'graphql';
import './acquire-stamp.ts';
import { builder } from './builder.ts';
import './pool-status.ts';
import './reserve-levels.ts';
import './run-maintenance.ts';
import './scalars.ts';

/** The whole schema. Each file of this folder adds the types of one noun to the builder when it is imported. */
export const createSchema = (): GraphQLSchema => builder.toSchema();
