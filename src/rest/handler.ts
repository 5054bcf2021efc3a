import type { FastifyRequest } from 'fastify';
import type { Caller } from '../domain/caller.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import type { Operations } from '../pool/operations.ts';
import type { Pool } from '../pool/pool.ts';
import type { Contract, RestResponse } from './contract.ts';

/** Answers one route. What it throws becomes the response of the server's error handler. */
export type Handler<Body = unknown> = (
  request: FastifyRequest,
  parts: RestParts,
) => Promise<RestResponse<Body>>;

export interface RestParts {
  readonly pool: Pool;
  readonly operations: Operations;
  readonly contract: Contract;
  readonly callerOf: (request: FastifyRequest) => Caller;
  readonly originOf: (request: FastifyRequest) => RequestOrigin;
}
