// The host with the name of the argument, as its documentation describes it, with POST /echo and, by Yoga, POST /graphql.
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import Fastify from 'fastify';
import { createSchema, createYoga } from 'graphql-yoga';
import { Hono } from 'hono';
import { echo } from './echo.ts';
import { serveForBench } from './serve-for-bench.ts';

const newYoga = () =>
  createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: 'type Query { hello: String! }',
      resolvers: { Query: { hello: () => 'world' } },
    }),
  });

const HOSTS = {
  bare: () => {
    const yoga = newYoga();
    return createServer((request, response) => {
      if (request.url === '/graphql') return void yoga(request, response);
      echo(request, response);
    });
  },
  fastify: async () => {
    const yoga = newYoga();
    const app = Fastify();
    app.post('/echo', (request) => request.body);
    await app.register((graphql, _options, done) => {
      graphql.removeAllContentTypeParsers();
      graphql.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));
      graphql.post('/graphql', async (request, reply) => {
        reply.hijack();
        await yoga.handle(request.raw, reply.raw);
      });
      done();
    });
    await app.ready();
    return app.server;
  },
  hono: () => {
    const yoga = newYoga();
    const app = new Hono();
    app.post('/echo', async (context) => context.json(await context.req.json()));
    app.post('/graphql', (context) => yoga.fetch(context.req.raw));
    const listener = getRequestListener(app.fetch);
    return createServer((request, response) => void listener(request, response));
  },
};

const [, , name = ''] = process.argv;
if (!isHost(name)) throw new TypeError(`${name} is not a host`);
serveForBench(await HOSTS[name]());

function isHost(text: string): text is keyof typeof HOSTS {
  return Object.hasOwn(HOSTS, text);
}
