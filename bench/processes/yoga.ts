// Yoga as its documentation describes: one field without a database, and an acquisition with a durable commit of its own.
import { createServer } from 'node:http';
import Database from 'better-sqlite3';
import { createSchema, createYoga } from 'graphql-yoga';
import { serveForBench } from './serve-for-bench.ts';

const [file = ''] = process.argv.slice(2);
const database = new Database(file);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec('create table acquisitions (id integer primary key, batch_id text not null)');
const record = database.prepare<[string]>('insert into acquisitions (batch_id) values (?)');
let acquired = 0;

const yoga = createYoga({
  logging: false,
  schema: createSchema({
    typeDefs: `
      type Query { hello: String! }
      type Mutation { acquireStamp: Stamp! }
      type Stamp { batchId: String!, depth: Int!, sizeName: String!, expiresAt: String! }`,
    resolvers: {
      Query: { hello: () => 'world' },
      Mutation: {
        acquireStamp: () => {
          const batchId = (++acquired).toString(16).padStart(64, '0');
          record.run(batchId);
          return { batchId, depth: 17, sizeName: 'small', expiresAt: new Date().toISOString() };
        },
      },
    },
  }),
});
serveForBench(createServer((request, response) => void yoga(request, response)));
