import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import Fastify from 'fastify';
import { createSchema, createYoga } from 'graphql-yoga';
import { Hono } from 'hono';
import { z } from 'zod';
import { load } from './http-closed-loop.ts';
import { median } from './measure.ts';

const newYoga = () =>
  createYoga({
    logging: false,
    schema: createSchema({
      typeDefs: 'type Query { hello: String! }',
      resolvers: { Query: { hello: () => 'world' } },
    }),
  });

/** Each host serves POST /echo and POST /graphql. */
const HOSTS = {
  bare: () => {
    const yoga = newYoga();
    return createServer((request, response) => {
      if (request.url === '/graphql') return void yoga(request, response);
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      request.on('end', () => {
        const body = JSON.stringify(JSON.parse(text));
        response.setHeader('content-type', 'application/json');
        response.setHeader('content-length', Buffer.byteLength(body));
        response.end(body);
      });
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

const WORK = { echo: '{"size":"small","depth":17}', graphql: '{"query":"{ hello }"}' };
const CONNECTIONS = [1, 10, 100];

/** Run as a process of its own, this file is the host with the name of its argument. */
const [, script, host] = process.argv;
if (script === import.meta.filename && host !== undefined) await serve(host);

async function serve(name: string): Promise<void> {
  if (!isHost(name)) throw new TypeError(`${name} is not a host`);
  const server = await HOSTS[name]();
  server.listen(0, '127.0.0.1', () => process.send?.(server.address()));
}

function isHost(name: string): name is keyof typeof HOSTS {
  return Object.hasOwn(HOSTS, name);
}

/**
 * Compares HTTP hosts: bare node:http, Fastify and Hono, each with a JSON echo and with Yoga mounted as its documentation
 * describes. The hosts are measured alternately. Prints medians and their ratio to bare node:http.
 * docs/decisions/0003-http-host.md has the figures.
 */
export async function compareHttpHosts({
  seconds,
  rounds,
}: {
  readonly seconds: number;
  readonly rounds: number;
}): Promise<void> {
  const servers = await Promise.all(Object.keys(HOSTS).map(startServer));
  for (const [work, body] of Object.entries(WORK)) {
    for (const connections of CONNECTIONS) {
      const results = new Map(
        servers.map(({ name }) => [name, { perSecond: [] as number[], p99Ms: [] as number[] }]),
      );
      for (let round = -1; round < rounds; round += 1) {
        for (const { name, port } of servers) {
          const measured = await load({
            port,
            path: `/${work}`,
            body,
            connections,
            seconds: round < 0 ? 1 : seconds,
          });
          if (round < 0) continue; // the first round is the warm-up
          results.get(name)?.perSecond.push(measured.perSecond);
          results.get(name)?.p99Ms.push(measured.p99Ms);
        }
      }
      const bare = median(results.get('bare')?.perSecond ?? []);
      for (const [name, { perSecond, p99Ms }] of results) {
        const rate = median(perSecond);
        process.stdout.write(
          `${work.padEnd(8)} ${String(connections).padStart(3)} connections  ${name.padEnd(8)} ` +
            `${rate.toFixed(0).padStart(6)}/s  ${(rate / bare).toFixed(2)} of bare  p99 ${median(p99Ms).toFixed(2)} ms\n`,
        );
      }
    }
  }
  for (const { child } of servers) child.kill();
}

async function startServer(name: string) {
  const child = fork(import.meta.filename, [name]);
  const [address] = z
    .tuple([z.object({ port: z.int() })])
    .rest(z.unknown())
    .parse(await once(child, 'message'));
  return { name, child, port: address.port };
}
