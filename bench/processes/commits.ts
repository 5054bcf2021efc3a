// The floor of a durable write: commits of one row into a SQLite file, as SQLite is set by the service. Sends the seconds per commit.
import { randomBytes } from 'node:crypto';
import Database from 'better-sqlite3';
import { setPragmas } from '../../src/store/sqlite/pragmas.ts';

const [, , file = '', seconds = '1'] = process.argv;
const client = new Database(file);
setPragmas(client);
client.exec('create table if not exists given (id integer primary key, batch_id text not null)');
const insert = client.prepare('insert into given (batch_id) values (?)');
const batchId = randomBytes(32).toString('hex');
const beganMs = performance.now();
let commits = 0;
while (performance.now() - beganMs < Number(seconds) * 1000) {
  insert.run(batchId);
  commits += 1;
}
const perCommit = (performance.now() - beganMs) / 1000 / commits;
client.close();
process.send?.({ secondsPerCommit: perCommit });
