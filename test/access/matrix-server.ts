import { openAccess } from '../../src/access/access.ts';
import { createJwtVerifier } from '../../src/access/jwt.ts';
import type { Action } from '../../src/domain/action.ts';
import { plur, wei } from '../../src/domain/units.ts';
import { anOrder, aStamp, batchId, hours, T0 } from '../builders.ts';
import { aRun } from '../rest/a-run.ts';
import { type RestServer, restServer } from '../rest/rest-server.ts';
import { accessParts, invalidCredentials, issue, VALID, VALID_NAMES, type ValidName } from './credentials.ts';
import { jwtIssuer } from './jwt-issuer.ts';

/** What a maintenance run says about the batch that is available. */
export const AVAILABLE = batchId(1);
const reason = `batch ${AVAILABLE} for 1.5 BZZ`;
const cost = plur(15n * 10n ** 15n);
const spending = { amount: plur(5n), cost };

const actions: readonly Action[] = [
  { do: 'buy', purpose: 'reserve', depth: aStamp().depth, reason, ...spending },
  {
    ...spending,
    do: 'topUp',
    depth: aStamp().depth,
    batchId: AVAILABLE,
    before: { amount: plur(1n), value: plur(1n), listedValue: plur(1n), expiresAt: T0 },
    reason,
  },
  { do: 'expire', batchId: AVAILABLE, depth: aStamp().depth, reason },
  { do: 'adopt', batchId: AVAILABLE, depth: aStamp().depth, reason },
  { do: 'hold', code: 'WALLET_BZZ', depth: null, cost, reason },
];

export interface MatrixServer extends AsyncDisposable {
  readonly server: RestServer;
  /** What to send as Authorization, by the name of a column. */
  readonly valid: ReadonlyMap<ValidName, string>;
  readonly invalid: Readonly<Record<string, string | undefined>>;
}

/** A service that needs tokens, with stock, orders and a run, whose texts name an available batch and amounts of money. */
export async function matrixServer(): Promise<MatrixServer> {
  await using starting = new AsyncDisposableStack();
  const issuer = starting.use(await jwtIssuer(() => T0));
  const clock = { now: () => T0, monotonicMs: () => 0 };
  const run = aRun({
    actions,
    errors: [reason],
    spending: {
      fullReserve: cost,
      nextReplenishment: cost,
      lastDay: cost,
      dailyLimit: cost,
    },
  });
  const wallet = { bzz: cost, xdai: wei(1n) };
  const server = starting.use(
    await restServer({
      stamps: [1, 2, 3, 4, 5, 6, 7, 8].map((n) => aStamp({ n, ttlHours: 200 - n })),
      run: { ...run, node: { ...run.node, wallet } },
      authenticate: async (tokens) =>
        (
          await openAccess(
            accessParts(tokens, {
              verifyJwt: createJwtVerifier(issuer, { clock, onUnavailable: () => {} }),
            }),
          )
        ).authenticate,
    }),
  );
  const { store, incidents, runs } = server;
  await store.write([{ change: 'orderPlanned', order: { ...anOrder(), reason } }], hours(1));
  incidents.report({ code: 'STAMP_WITHHELD', subject: AVAILABLE, detail: reason });
  await runs.join();
  const valid = new Map<ValidName, string>();
  for (const name of VALID_NAMES) {
    const token = await issue(store.tokens, { owner: name.replaceAll(' ', '-'), scopes: VALID[name] });
    valid.set(name, `Bearer ${token}`);
  }
  const invalid = await invalidCredentials(store.tokens, issuer);
  const running = starting.move();
  return {
    server,
    valid,
    invalid,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
