import type { Exchange } from './exchange.ts';
import type { FuzzCase } from './fuzz-case.ts';

/** What is wrong with a response, whatever the request was. */
export function findProblems(fuzzCase: FuzzCase, exchange: Exchange): string[] {
  const { statuses, text, end, closeCode } = exchange;
  const overloads = text.split(OVERLOADED).length - 1;
  const failed = statuses.filter((status) => status >= 500).slice(overloads);
  const sent = requestText(fuzzCase);
  const leaks = LEAKS.map((pattern) => pattern.exec(text)?.[0]).filter(
    (leak) => leak !== undefined && !sent.includes(leak),
  );
  return [
    ...failed.map((status) => `the status is ${status}`),
    ...leaks.map((leak) => `the response shows ${JSON.stringify(leak)}`),
    ...(closeCode !== null && INTERNAL_CLOSE_CODES.has(closeCode) ? [`the close code is ${closeCode}`] : []),
    ...(end === 'timeout' ? ['the service sends no response and does not close'] : []),
    ...(end === 'refused' ? ['the service accepts no connections'] : []),
    ...(end === 'closed' && mustAnswer(fuzzCase)
      ? ['the service closes the connection without a response']
      : []),
    ...(fuzzCase.mustSucceed && fuzzCase.credential.mayAcquire && overloads === 0 && !succeeds(exchange)
      ? [`a valid request is answered with ${statuses.join()} ${text.slice(-300)}`]
      : []),
  ];
}

/** An internal error is logged; a client's mistake is not. */
export const logProblems = (log: string): string[] =>
  log.split('\n').filter((line) => /"level":(?:50|60|"error"|"fatal")/.test(line));

/** Of a 503 that is not for a mistake: it refuses any request while the machine is too busy. */
const OVERLOADED = '{"detail":"The service is overloaded.';

/** Stacks, paths of files, and the messages of an unexpected error. */
const LEAKS = [
  /\n\s+at .+:\d+/,
  /\\n\s+at .{1,80}:\d+/,
  /node_modules/,
  /node:internal/,
  /file:\/\//,
  /\/(?:home|root|tmp|usr|var|work|etc)\/[\w.-]+/,
  /[\w-]+\.[cm]?[jt]s:\d+/,
  /SQLITE_[A-Z]+/,
  /Internal error/i,
  /"code":"(?:INTERNAL|STORE_FAILED)"/,
];

const INTERNAL_CLOSE_CODES: ReadonlySet<number> = new Set([1011, 4500]);

/** A client that writes more than the service reads may lose the response with the connection. */
const MAX_READ_BYTES = 90_000;

const mustAnswer = ({ request }: FuzzCase): boolean =>
  request.by === 'http' && (request.body?.length ?? 0) < MAX_READ_BYTES;

const succeeds = ({ statuses, text }: Exchange): boolean =>
  statuses.length > 0 &&
  statuses.every((status) => status === 200 || status === 101) &&
  !/\{"errors":|"type":"error"/.test(text);

/** All that the client has sent, as text. */
export function requestText({ request }: FuzzCase): string {
  switch (request.by) {
    case 'bytes':
      return request.bytes;
    case 'http':
      return [
        request.method,
        request.path,
        ...Object.values(request.headers),
        asText(request.body ?? ''),
      ].join('\n');
    case 'websocket':
      return request.messages.map(asText).join('\n');
  }
}

const asText = (data: string | Uint8Array): string =>
  typeof data === 'string' ? data : Buffer.from(data).toString();
