import type { Caller } from '../domain/caller.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import type { Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import type { Contract, RestResponse } from './contract.ts';

/** Answers one route. What it throws becomes the response of the server's error handler. */
export type Handler<Body = unknown> = (request: RestRequest, parts: RestParts) => Promise<RestResponse<Body>>;

/** What a handler needs of a request, whatever has read it. */
export interface RestRequest {
  readonly contentType: string | undefined;
  /** The lines of the header, as node:http provides them. */
  readonly idempotencyKeys: readonly string[] | undefined;
  /** undefined without a body. */
  readonly text: string | undefined;
  readonly caller: Caller;
  readonly origin: RequestOrigin;
}

export interface RestParts {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly contract: Contract;
}
