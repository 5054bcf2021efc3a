import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom, type Random } from '../../../src/simulator/random.ts';
import { type PostgresServer, startPostgres } from '../../postgres/server.ts';
import { createDatabase } from '../../postgres/shared-server.ts';
import { Clients } from '../clients.ts';
import { type CrashNode, createCrashNode } from '../crash-node.ts';
import { type ServiceOptions, startService } from '../service-process.ts';
import { followLevels, type LevelFollower } from './level-followers.ts';
import { Replica } from './replica.ts';

/** Several replicas on one database, two nodes, and clients and subscribers that use any replica. */
export interface ReplicaWorld extends AsyncDisposable {
  readonly server: PostgresServer;
  readonly databaseUrl: string;
  readonly nodes: readonly NamedNode[];
  readonly replicas: readonly Replica[];
  readonly clients: Clients;
  readonly followers: readonly LevelFollower[];
  readonly random: Random;
}

export interface NamedNode extends CrashNode {
  readonly name: string;
}

export async function createReplicaWorld({
  server,
  directory,
  seed,
  replicas: count,
  service = {},
}: WorldOptions): Promise<ReplicaWorld> {
  await using making = new AsyncDisposableStack();
  const random = createRandom(seed, 11);
  const nodes: NamedNode[] = [];
  for (const name of ['a', 'b'])
    nodes.push({ ...making.use(await createCrashNode(random.below(2 ** 31))), name });
  const { url: databaseUrl } = making.use(await createDatabase(server.url));
  const beeUrls = nodes.map(({ name, url }) => `${name}=${url}`).join();
  const replicas: Replica[] = [];
  for (let i = 1; i <= count; i++) {
    const logFile = join(directory, `replica-${i}.log`);
    const startProcess = (database: string) => startService({ beeUrls, database, ...service });
    replicas.push(making.use(await Replica.create({ databaseUrl, logFile, startProcess })));
  }
  const over = new AbortController();
  const address = {
    get: async (): Promise<string> => {
      while (!over.signal.aborted) {
        const urls = replicas.flatMap(({ url }) => url ?? []);
        const url = urls[random.below(urls.length)];
        if (url !== undefined) return url;
        await delay(20);
      }
      return await new Promise(() => {}); // the round is over
    },
  };
  const clients = new Clients({ address, random: createRandom(seed, 12), depths: [17, 17, 19, 20] });
  const followers = Array.from({ length: FOLLOWERS }, () => making.use(followLevels(() => address.get())));
  const made = making.move();
  return {
    server,
    databaseUrl,
    nodes,
    replicas,
    clients,
    followers,
    random,
    [Symbol.asyncDispose]: async () => {
      over.abort();
      await made.disposeAsync();
    },
  };
}

const FOLLOWERS = 4;

interface WorldOptions {
  readonly server: PostgresServer;
  /** For the logs. */
  readonly directory: string;
  readonly seed: number;
  readonly replicas: number;
  /** Overrides the settings of the replicas. */
  readonly service?: Partial<ServiceOptions>;
}

/** With a disk that is waited for, as in production. */
export const startDurablePostgres = (): Promise<PostgresServer> => startPostgres({ fsync: true });
