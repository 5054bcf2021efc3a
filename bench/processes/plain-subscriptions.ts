// The floor of subscriptions: graphql-ws as its documentation describes, with a schema of the same shape. POST / changes the levels.
import { createServer } from 'node:http';
import { Repeater } from '@repeaterjs/repeater';
import {
  GraphQLBoolean,
  GraphQLInt,
  GraphQLList,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { serveForBench } from './serve-for-bench.ts';

let totalAvailable = 100_000;
const watchers = new Set<() => void>();
const levels = () => ({
  totalAvailable,
  lowReserve: false,
  at: new Date().toISOString(),
  depths: [{ depth: 17, available: totalAvailable, onOrder: 0 }],
});
const watch = () =>
  new Repeater(async (push, stop) => {
    const send = (): void => void push(levels());
    watchers.add(send);
    send();
    await stop;
    watchers.delete(send);
  });
const Level = new GraphQLObjectType({
  name: 'DepthLevel',
  fields: { depth: { type: GraphQLInt }, available: { type: GraphQLInt }, onOrder: { type: GraphQLInt } },
});
const Levels = new GraphQLObjectType({
  name: 'ReserveLevels',
  fields: {
    totalAvailable: { type: GraphQLInt },
    lowReserve: { type: GraphQLBoolean },
    at: { type: GraphQLString },
    depths: { type: new GraphQLList(Level) },
  },
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { ok: { type: GraphQLBoolean } } }),
  subscription: new GraphQLObjectType({
    name: 'Subscription',
    fields: { reserveLevels: { type: Levels, subscribe: watch, resolve: (value) => value } },
  }),
});
const server = createServer((_request, response) => {
  totalAvailable -= 1;
  for (const send of watchers) send();
  response.end();
});
useServer({ schema }, new WebSocketServer({ server, path: '/graphql' }));
serveForBench(server);
