import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';
import { type DistortionName, distorted } from './distortions.ts';
import type { Scene } from './environment.ts';
import type { FaultKind } from './fault-kind.ts';
import { hiddenCreations, hiddenTopUps } from './hidden-changes.ts';
import type { Lie } from './lying-proxy.ts';
import type { Dice } from './prng.ts';

const LISTS = ['/stamps', '/transactions'];
const ROUTES = ['/health', '/chainstate', '/transactions', '/wallet', '/addresses', '/batches', '/stamps'];

/** What a cache, a balancer or a broken node in front of the service may answer. None of it is what the node says. */
export const LIES = {
  staleReads: lie('A cache answers some reads of one route with earlier answers.', (dice) => {
    const meets = someReads(dice);
    const age = dice.below(12);
    return {
      replace: (request, earlier) => (meets(request) ? (earlier.at(-1 - age) ?? earlier[0] ?? null) : null),
    };
  }),
  frozenReads: lie('A cache answers all reads with what it has seen first.', () => ({
    replace: ({ method }, [first]) => (method === 'GET' ? (first ?? null) : null),
  })),
  staleMoneyAnswers: lie(
    'A cache answers requests for money with earlier answers; the node hears of them or not.',
    (dice) => {
      const isHeard = dice.chance(60);
      const answerOf: Lie['replace'] = ({ method }, earlier) =>
        method === 'GET' || earlier.length === 0 ? null : dice.pick(earlier);
      return isHeard
        ? { alter: (request, _answer, earlier) => answerOf(request, earlier.slice(0, -1)) }
        : { replace: answerOf };
    },
  ),
  otherBatchNamed: lie(
    'The answer to a purchase or a top-up names another batch: one of the pool, of a client, of a stranger, or none that there is.',
    (dice, scene) => ({
      alter: ({ method }, answer) => (method === 'GET' ? null : withBatch(answer, anyBatch(dice, scene))),
    }),
  ),
  batchOfAnother: lie('The balance of one batch is answered with that of another.', (dice) => {
    const before: HttpAnswer[] = [];
    return {
      alter: ({ path }, answer) => {
        const id = /^\/batches\/([0-9a-f]{64})$/.exec(path)?.[1];
        if (id === undefined) return null;
        before.push(answer);
        return withBatch(dice.pick(before), id);
      },
    };
  }),
  cutAnswers: lie('Some answers are cut in the middle, and arrive as if they were whole.', (dice) => {
    const meets = someRequests(dice);
    return {
      alter: (request, answer) =>
        meets(request) ? { ...answer, body: answer.body.slice(0, dice.below(answer.body.length + 1)) } : null,
    };
  }),
  shortenedLists: lie('A list of stamps or transactions lacks some of its entries.', (dice) => {
    const meets = limited(dice, ({ method, path }) => method === 'GET' && LISTS.includes(path));
    return {
      alter: (request, answer) => {
        const body = meets(request) ? distorted(answer.body, 'shortened', dice) : null;
        return body === null ? null : { ...answer, body };
      },
    };
  }),
  fieldsRemoved: distortion('An answer lacks one of its fields.', 'removed'),
  fieldsRetyped: distortion('A field of an answer has a value of another type.', 'retyped'),
  fieldsScaled: distortion('A number or a hash in an answer is another one.', 'scaled'),
  fieldsSwapped: distortion('Two values in an answer have changed places.', 'swapped'),
  creationsHidden: {
    sentence: 'The node shows no batch that is made from now on, in any list.',
    strike: (scene, _dice, kind) => scene.lie(kind, hiddenCreations(scene.stage.simulator)),
  },
  topUpsHidden: {
    sentence:
      'The node shows no top-up that is paid from now on: amount, time to live and balance stay what they were.',
    strike: (scene, _dice, kind) => scene.lie(kind, hiddenTopUps(scene.stage.simulator)),
  },
} as const satisfies Record<string, FaultKind>;

function lie(sentence: string, draw: (dice: Dice, scene: Scene) => Lie): FaultKind {
  return { sentence, strike: (scene, dice, kind) => scene.lie(kind, draw(dice, scene)) };
}

function distortion(sentence: string, name: DistortionName): FaultKind {
  return lie(sentence, (dice) => {
    const meets = someRequests(dice);
    return {
      alter: (request, answer) => {
        const body = meets(request) ? distorted(answer.body, name, dice) : null;
        return body === null ? null : { ...answer, body };
      },
    };
  });
}

/** Of one route, each or one in three; at most so many. */
function someReads(dice: Dice): (request: HttpRequest) => boolean {
  const route = dice.pick(ROUTES);
  return limited(dice, ({ method, path }) => method === 'GET' && path.startsWith(route));
}

function someRequests(dice: Dice): (request: HttpRequest) => boolean {
  if (dice.chance(65)) return someReads(dice);
  const isOfMoney = dice.chance(60);
  return limited(dice, ({ method }) => !isOfMoney || method !== 'GET');
}

function limited(dice: Dice, meets: (request: HttpRequest) => boolean): (request: HttpRequest) => boolean {
  let left = dice.pick([1, 1, 2, 5, 20, 1000]);
  const percent = dice.pick([100, 100, 30]);
  return (request) => {
    if (left === 0 || !meets(request) || !dice.chance(percent)) return false;
    left -= 1;
    return true;
  };
}

function withBatch(answer: HttpAnswer, batchId: string): HttpAnswer | null {
  if (!/"batchID":"[0-9a-f]{64}"/.test(answer.body)) return null;
  return { ...answer, body: answer.body.replace(/"batchID":"[0-9a-f]{64}"/, `"batchID":"${batchId}"`) };
}

function anyBatch(dice: Dice, { stage, disk }: Scene): string {
  const { chain } = stage.simulator;
  const known = [...disk.read().stamps.keys(), ...chain.batches.keys()];
  return known.length > 0 && dice.chance(75)
    ? dice.pick(known)
    : dice
        .below(2 ** 32)
        .toString(16)
        .padStart(64, '0');
}
