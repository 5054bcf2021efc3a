import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { type DistortionName, distorted } from './distortions.ts';
import type { Environment } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import { hiddenCreations, hiddenTopUps } from './hidden-changes.ts';
import type { Lie } from './lying-proxy.ts';
import type { Prng } from './prng.ts';

const LISTS = ['/stamps', '/transactions'];
const ROUTES = ['/health', '/chainstate', '/transactions', '/wallet', '/addresses', '/batches', '/stamps'];

/** The answer to another client's request, which a cache may give to a request of ours that the node executes. */
const BUSY: HttpAnswer = {
  status: 429,
  contentType: 'application/json; charset=utf-8',
  body: '{"code":429,"message":"simultaneous on-chain operations not supported"}',
};

/** False answers that a cache, a load balancer or a broken node in front of the service may give. */
export const LIES = {
  staleReads: lie('A cache answers some reads of one route with earlier answers.', (prng) => {
    const meets = someReads(prng);
    const age = prng.below(12);
    return {
      replace: (request, earlier) => (meets(request) ? (earlier.at(-1 - age) ?? earlier[0] ?? null) : null),
    };
  }),
  frozenReads: lie('A cache answers all reads with the first answers it received.', () => ({
    replace: ({ method }, [first]) => (method === 'GET' ? (first ?? null) : null),
  })),
  staleMoneyAnswers: lie(
    'A cache answers requests for money with earlier answers; the node receives the requests or not.',
    (prng) => {
      const isForwarded = prng.chance(60);
      const answerOf: Lie['replace'] = ({ method }, earlier) =>
        method === 'GET' || earlier.length === 0 ? null : prng.pick(earlier);
      return isForwarded
        ? { alter: (request, _answer, earlier) => answerOf(request, [BUSY, ...earlier.slice(0, -1)]) }
        : { replace: answerOf };
    },
  ),
  otherBatchNamed: lie(
    'The answer to a purchase or a top-up names another batch: one of the pool, of a client, of another user, or one that does not exist.',
    (prng, environment) => ({
      alter: ({ method }, answer) =>
        method === 'GET' ? null : withBatch(answer, anyBatch(prng, environment)),
    }),
  ),
  batchOfAnother: lie('The balance of one batch is answered with that of another.', (prng) => {
    const before: HttpAnswer[] = [];
    return {
      alter: ({ path }, answer) => {
        const id = /^\/batches\/([0-9a-f]{64})$/.exec(path)?.[1];
        if (id === undefined) return null;
        before.push(answer);
        return withBatch(prng.pick(before), id);
      },
    };
  }),
  cutAnswers: lie('Some answers are cut in the middle, and arrive as if they were complete.', (prng) => {
    const meets = someRequests(prng);
    return {
      alter: (request, answer) =>
        meets(request) ? { ...answer, body: answer.body.slice(0, prng.below(answer.body.length + 1)) } : null,
    };
  }),
  shortenedLists: lie('A list of stamps or transactions lacks some of its entries.', (prng) => {
    const meets = limited(prng, ({ method, path }) => method === 'GET' && LISTS.includes(path));
    return {
      alter: (request, answer) => {
        const body = meets(request) ? distorted(answer.body, 'shortened', prng) : null;
        return body === null ? null : { ...answer, body };
      },
    };
  }),
  fieldsRemoved: distortion('An answer lacks one of its fields.', 'removed'),
  fieldsRetyped: distortion('A field of an answer has a value of another type.', 'retyped'),
  fieldsScaled: distortion('A number or a hash in an answer is changed.', 'scaled'),
  fieldsSwapped: distortion('Two values in an answer are swapped.', 'swapped'),
  creationsHidden: {
    description: 'The node shows no batch that is created from now on, in any list.',
    inject: (environment, _dice, kind) => environment.lie(kind, hiddenCreations(environment.world.simulator)),
  },
  topUpsHidden: {
    description:
      'The node shows no top-up that is paid from now on: amount, time to live and balance remain as they were.',
    inject: (environment, _dice, kind) => environment.lie(kind, hiddenTopUps(environment.world.simulator)),
  },
} as const satisfies Record<string, FaultKind>;

function lie(description: string, draw: (prng: Prng, environment: Environment) => Lie): FaultKind {
  return { description, inject: (environment, prng, kind) => environment.lie(kind, draw(prng, environment)) };
}

function distortion(description: string, name: DistortionName): FaultKind {
  return lie(description, (prng) => {
    const meets = someRequests(prng);
    return {
      alter: (request, answer) => {
        const body = meets(request) ? distorted(answer.body, name, prng) : null;
        return body === null ? null : { ...answer, body };
      },
    };
  });
}

/** Some reads of one route, at most a drawn number of them. */
function someReads(prng: Prng): (request: HttpRequest) => boolean {
  const route = prng.pick(ROUTES);
  return limited(prng, ({ method, path }) => method === 'GET' && path.startsWith(route));
}

function someRequests(prng: Prng): (request: HttpRequest) => boolean {
  if (prng.chance(65)) return someReads(prng);
  const isOfMoney = prng.chance(60);
  return limited(prng, ({ method }) => !isOfMoney || method !== 'GET');
}

function limited(prng: Prng, meets: (request: HttpRequest) => boolean): (request: HttpRequest) => boolean {
  let left = prng.pick([1, 1, 2, 5, 20, 1000]);
  const percent = prng.pick([100, 100, 30]);
  return (request) => {
    if (left === 0 || !meets(request) || !prng.chance(percent)) return false;
    left -= 1;
    return true;
  };
}

function withBatch(answer: HttpAnswer, batchId: string): HttpAnswer | null {
  if (!/"batchID":"[0-9a-f]{64}"/.test(answer.body)) return null;
  return { ...answer, body: answer.body.replace(/"batchID":"[0-9a-f]{64}"/, `"batchID":"${batchId}"`) };
}

function anyBatch(prng: Prng, { world, disk }: Environment): string {
  const { chain } = world.simulator;
  const known = [...disk.read().stamps.keys(), ...chain.batches.keys()];
  return known.length > 0 && prng.chance(75)
    ? prng.pick(known)
    : prng
        .below(2 ** 32)
        .toString(16)
        .padStart(64, '0');
}
