import { Prng } from '../simulation/prng.ts';
import { Draw } from './draw.ts';
import type { Credential, FuzzCase, Generator } from './fuzz-case.ts';
import { graphqlBody } from './graphql-body.ts';
import { graphqlDocument } from './graphql-document.ts';
import { graphqlTransport } from './graphql-transport.ts';
import { graphqlVariables } from './graphql-variables.ts';
import { httpBody } from './http-body.ts';
import { httpHeaders } from './http-headers.ts';
import { httpLine } from './http-line.ts';
import { httpNoise } from './http-noise.ts';
import { httpPipeline } from './http-pipeline.ts';
import { keyOf } from './ledger.ts';
import { restBody } from './rest-body.ts';
import { valid } from './valid.ts';
import { websocketFrames } from './websocket-frames.ts';
import { websocketMessages } from './websocket-messages.ts';

/** Their order determines the random numbers of each kind: append new ones. */
const GENERATORS: readonly Generator[] = [
  valid,
  httpLine,
  httpHeaders,
  httpBody,
  httpPipeline,
  httpNoise,
  restBody,
  graphqlBody,
  graphqlDocument,
  graphqlVariables,
  graphqlTransport,
  websocketMessages,
  websocketFrames,
];

export const KINDS: readonly string[] = GENERATORS.map(({ kind }) => kind);

export interface Plan {
  readonly seed: number;
  readonly requests: number;
  /** Only cases of this kind. */
  readonly only?: string | undefined;
  /** Only the case with this index; with `only`. */
  readonly index?: number | undefined;
  readonly credentials: readonly Credential[];
}

/** The cases of a seed, kinds mixed by their weights. A case does not depend on those before it. */
export function* schedule({ seed, requests, only, index, credentials }: Plan): Generator_ {
  const chosen = new Prng(seed, 0);
  const weighted = GENERATORS.flatMap((one) => Array.from({ length: one.weight }, () => one));
  const counts = new Map<Generator, number>();
  for (let left = requests; left > 0; left -= 1) {
    const generator = GENERATORS.find(({ kind }) => kind === only) ?? chosen.pick(weighted);
    const next = index ?? counts.get(generator) ?? 0;
    counts.set(generator, next + 1);
    yield caseOf(generator, next, { seed, credentials });
  }
}

type Generator_ = globalThis.Generator<FuzzCase, void>;

const CASES_PER_KIND = 2 ** 24;

function caseOf(
  generator: Generator,
  index: number,
  { seed, credentials }: Pick<Plan, 'seed' | 'credentials'>,
): FuzzCase {
  const stream = (GENERATORS.indexOf(generator) + 1) * CASES_PER_KIND + index;
  const { kind } = generator;
  const key = keyOf(kind, index);
  const credential = new Prng(seed, stream + 2 ** 31).pick(credentials);
  const draw = new Draw(seed, stream, { key, authorization: credential.authorization });
  const { request, mayAcquire = 0, mustSucceed = false } = generator.generate(draw);
  return {
    kind,
    index,
    key,
    request,
    mayAcquire: credential.mayAcquire ? mayAcquire : 0,
    mustSucceed,
    credential,
  };
}
