import type { GraphQLSchema } from 'graphql';
import { addAcquireStamp } from './acquire-stamp.ts';
import { addAcquisition } from './acquisition.ts';
import { addAction } from './action.ts';
import { addBeeNode } from './bee-node.ts';
import { createBuilder } from './builder.ts';
import { addDepthLevel } from './depth-level.ts';
import { addFailure } from './failure.ts';
import { addIncident } from './incident.ts';
import { addInvalidInput } from './invalid-input.ts';
import { addOrder } from './order.ts';
import { addPoolDisabled } from './pool-disabled.ts';
import { addPoolStatus } from './pool-status.ts';
import { addReserveLevels } from './reserve-levels.ts';
import { addRunMaintenance } from './run-maintenance.ts';
import { addScalars } from './scalars.ts';
import { addStamp } from './stamp.ts';
import { addStampSize } from './stamp-size.ts';
import { addTurn } from './turn.ts';

/** The whole schema, made anew. Its resolvers take all they need from a GraphqlContext. */
export function createSchema(): GraphQLSchema {
  const builder = createBuilder();
  builder.queryType();
  builder.mutationType();
  builder.subscriptionType();
  addScalars(builder);

  const failure = addFailure(builder);
  const poolDisabled = addPoolDisabled(builder, failure);
  addInvalidInput(builder, failure);

  const stampSize = addStampSize(builder);
  const stamp = addStamp(builder, stampSize);
  const acquisition = addAcquisition(builder);
  addAcquireStamp(builder, { stamp, stampSize, acquisition, failure, poolDisabled });
  addOrder(builder);

  const beeNode = addBeeNode(builder);
  const turn = addTurn(builder, addAction(builder), beeNode);
  addRunMaintenance(builder, { turn, poolDisabled });

  const depthLevel = addDepthLevel(builder);
  addReserveLevels(builder, depthLevel);
  addPoolStatus(builder, { depthLevel, incident: addIncident(builder), turn, beeNode });
  return builder.toSchema();
}
