import { openAccess } from '../../src/access/access.ts';
import { createTokenSecret } from '../../src/access/token-secret.ts';
import type { Scope } from '../../src/domain/caller.ts';
import { ALL_SHORTCUTS } from '../../src/pool/shortcuts.ts';
import { type Store, StoreFailedError } from '../../src/store/store.ts';
import { accessParts } from '../access/credentials.ts';
import { aStamp, aToken } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { withMembers } from '../store/with-members.ts';

/** Two services in the same state: one with all shortcuts, one that answers everything in the plain way. */
export interface Twins extends AsyncDisposable {
  readonly fast: RestServer;
  readonly plain: RestServer;
  /** Values of Authorization that both accept, and some that both refuse. */
  readonly authorizations: readonly (string | null)[];
}

const SCOPES: readonly (readonly Scope[])[] = [
  ['read', 'acquire', 'maintain'],
  ['acquire'],
  ['read'],
  ['maintain'],
  ['read', 'acquire'],
];
/** So few that the pool is exhausted before the end. */
const STAMPS = 150;

export async function startTwins(): Promise<Twins> {
  await using starting = new AsyncDisposableStack();
  const stamps = Array.from({ length: STAMPS }, (_, n) =>
    aStamp({ n: n + 1, depth: n % 3 === 0 ? 20 : 17, ttlHours: 100 + n }),
  );
  const start = async (knownDocuments: boolean): Promise<RestServer> => {
    let ids = 0;
    const server = await restServer({
      stamps,
      shortcuts: { ...ALL_SHORTCUTS, knownDocuments },
      newId: () => `01900000-0000-7000-8000-${(++ids).toString(16).padStart(12, '0')}`,
      around: failingSometimes,
      authenticate: async (tokens) => (await openAccess(accessParts(tokens))).authenticate,
    });
    const run = aRun();
    server.runs.onRequest(() => {
      if (server.runs.previewRequested) server.runs.end({ ...run, dryRun: true });
      if (server.runs.runRequested) server.runs.end(run);
    });
    await server.runs.join();
    return starting.use(server);
  };
  const [fast, plain] = [await start(true), await start(false)];
  const authorizations: (string | null)[] = [null, 'Bearer nonsense'];
  for (const scopes of SCOPES) {
    const { token, ...secret } = createTokenSecret();
    for (const { store } of [fast, plain])
      await store.tokens.addToken({ ...aToken({ scopes, owner: scopes.join('-') }), ...secret });
    authorizations.push(`Bearer ${token}`);
  }
  const running = starting.move();
  return { fast, plain, authorizations, [Symbol.asyncDispose]: async () => await running.disposeAsync() };
}

/** What makes an acquisition fail: the database, or a mistake in the program. */
export const FAILING_REFS = ['store fails', 'program fails'] as const;

function failingSometimes(store: Store): Store {
  return withMembers(store, {
    acquire: async (requests, moment) => {
      const refs = requests.map(({ clientRef }) => clientRef);
      if (refs.includes('store fails')) throw new StoreFailedError('the disk is full');
      if (refs.includes('program fails')) throw new TypeError('a mistake');
      return await store.acquire(requests, moment);
    },
  });
}
