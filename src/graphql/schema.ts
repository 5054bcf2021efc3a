import { type GraphQLSchema, specifiedDirectives } from 'graphql';
import './acquire-stamp.ts';
import { builder } from './builder.ts';
import './history.ts';
import './pool-status.ts';
import { describeRequirements, requiresDirective } from './requirements.ts';
import './reserve-levels.ts';
import './run-maintenance.ts';
import './scalars.ts';
import './viewer.ts';
import './webhook-delivery.ts';

/** The whole schema. Each file of this folder adds the types of one noun to the builder when it is imported. */
export const createSchema = (): GraphQLSchema =>
  describeRequirements(builder.toSchema({ directives: [...specifiedDirectives, requiresDirective] }));
