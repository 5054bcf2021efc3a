// Yoga as its documentation describes, with one field and without a database.
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { serveForBench } from './serve-for-bench.ts';

const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: 'type Query { hello: String! }',
    resolvers: { Query: { hello: () => 'world' } },
  }),
});
serveForBench(createServer((request, response) => void yoga(request, response)));
