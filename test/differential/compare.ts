import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Client } from 'undici';
import type { HttpRequest } from '../fuzz/fuzz-case.ts';
import { sendHttp } from '../fuzz/send-http.ts';
import { requestOf } from './cases.ts';
import { startTwins } from './twins.ts';

/** Sends generated requests, each twice, to both twins, and compares statuses, headers and bodies. */
export async function compareTwins({
  seed,
  cases,
}: {
  readonly seed: number;
  readonly cases: number;
}): Promise<Comparison> {
  await using twins = await startTwins();
  const [fast, plain] = [new Client(twins.fast.url), new Client(twins.plain.url)];
  const counts = { planned: 0, executed: 0 };
  const count = (how: unknown): void => void (counts[how === 'planned' ? 'planned' : 'executed'] += 1);
  subscribe(CHANNEL, count);
  const differences: Difference[] = [];
  for (let index = 0; index < cases; index += 1) {
    const request = requestOf(seed, index, twins);
    for (const time of ['first', 'second'] as const) {
      const [a, b] = [await answerOf(fast, request), await answerOf(plain, request)];
      if (a !== b) differences.push({ index, time, request, fast: a, plain: b });
    }
  }
  unsubscribe(CHANNEL, count);
  await Promise.all([fast.close(), plain.close()]);
  return { differences, ...counts };
}

const CHANNEL = 'stamp_pool.known_document';

export interface Comparison {
  readonly differences: readonly Difference[];
  /** How many requests the shortcut answered by a plan. */
  readonly planned: number;
  /** How many it answered otherwise. */
  readonly executed: number;
}

interface Difference {
  readonly index: number;
  readonly time: 'first' | 'second';
  readonly request: HttpRequest;
  readonly fast: string;
  readonly plain: string;
}

async function answerOf(client: Client, request: HttpRequest): Promise<string> {
  const { statuses, text, end } = await sendHttp(client, request);
  return `${end} ${statuses.join()} ${text.replace(CLOCKS, '')}`;
}

/** The time, and what is left of the present window of a caller's rate, which begins at another time for each service. */
const CLOCKS = /"date":"[^"]*"|\\";r=\d+;t=\d+/g;
