import type { Draw } from './draw.ts';
import type { HttpRequest } from './fuzz-case.ts';

export const GRAPHQL_PATH = '/graphql';

/** A GraphQL request as JSON. */
export const jsonPost = (
  body: unknown,
  draw: Draw,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest => textPost(JSON.stringify(body), draw, headers);

export const textPost = (
  body: string | Uint8Array,
  draw: Draw,
  headers: Readonly<Record<string, string>> = {},
): HttpRequest => ({
  by: 'http',
  method: 'POST',
  path: GRAPHQL_PATH,
  headers: { 'content-type': 'application/json', ...authorizationHeader(draw), ...headers },
  body,
});

export const authorizationHeader = ({ authorization }: Draw): Readonly<Record<string, string>> =>
  authorization === null ? {} : { authorization };

/** A mutation that acquires one small stamp under the key of the case. */
export const acquireDocument = (key: string): string =>
  `mutation { acquireStamp(input: { size: SMALL, idempotencyKey: ${JSON.stringify(key)} }) { __typename ... on AcquireStampSuccess { stamp { batchId } replayed } } }`;
