import { type Caller, type Requirement, SCOPES } from './caller.ts';
import { RATE_LIMITED_MESSAGE, type RequestRate } from './request-rate.ts';

interface Refusal {
  readonly statusCode: 401 | 403 | 429 | 499 | 503;
  /** For programs. */
  readonly code:
    | 'UNAUTHENTICATED'
    | 'FORBIDDEN'
    | 'TOO_MANY_FAILED_TRIES'
    | 'RATE_LIMITED'
    | 'UNAVAILABLE'
    | 'CLIENT_GONE';
  readonly headers?: Readonly<Record<string, string>>;
  /** One of these scopes would be enough. */
  readonly requiredScopes?: Requirement['scopes'];
}

/** A request that is refused because of its sender. The message is shown to the sender. */
export class AccessError extends Error {
  override readonly name = 'AccessError';
  readonly statusCode: Refusal['statusCode'];
  readonly code: Refusal['code'];
  readonly headers: Readonly<Record<string, string>>;
  readonly requiredScopes: Requirement['scopes'] | null;

  constructor(message: string, { statusCode, code, headers = {}, requiredScopes }: Refusal) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.headers = headers;
    this.requiredScopes = requiredScopes ?? null;
  }
}

const REALM = 'Bearer realm="stamp-pool"';

/** No token was sent. RFC 6750: then the challenge names no error. */
export const missingToken = (): AccessError =>
  new AccessError('Send a token: "Authorization: Bearer <token>".', {
    statusCode: 401,
    code: 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': REALM },
  });

/** `reason`: a sentence for the sender, without quotes. */
export const invalidToken = (reason: string): AccessError =>
  new AccessError(reason, {
    statusCode: 401,
    code: 'UNAUTHENTICATED',
    headers: { 'WWW-Authenticate': `${REALM}, error="invalid_token", error_description="${reason}"` },
  });

export const tooManyFailedTries = (retryAfterSeconds: number): AccessError =>
  new AccessError('Too many requests with a wrong token from this address. Retry later.', {
    statusCode: 429,
    code: 'TOO_MANY_FAILED_TRIES',
    headers: { 'Retry-After': String(retryAfterSeconds) },
  });

/** The headers are those of the rate. */
export const rateLimitedError = ({ resetsInSeconds }: RequestRate): AccessError =>
  new AccessError(`${RATE_LIMITED_MESSAGE} Retry in ${resetsInSeconds} s.`, {
    statusCode: 429,
    code: 'RATE_LIMITED',
  });

const missingScope = ({ scopes }: Requirement): AccessError =>
  new AccessError(`The token needs the scope ${scopes.join(' or ')}.`, {
    statusCode: 403,
    code: 'FORBIDDEN',
    requiredScopes: scopes,
    headers: {
      'WWW-Authenticate': `${REALM}, error="insufficient_scope", scope="${SCOPES.filter((scope) => scopes.includes(scope)).join(' ')}"`,
    },
  });

/** Another field could be refused, and its error would replace the response that names the stamp of the first. */
export const oneAcquisitionOnly = (): AccessError =>
  new AccessError('Without a token a mutation acquires one stamp.', { statusCode: 403, code: 'FORBIDDEN' });

/** Why a caller may not do what has this requirement. Without a token, it should send one. */
export const refusalOf = ({ kind }: Pick<Caller, 'kind'>, requirement: Requirement): AccessError =>
  kind === 'anonymous' ? missingToken() : missingScope(requirement);

export const depthNotAllowed = (allowed: readonly number[]): AccessError =>
  new AccessError(`Without a token only stamps of depth ${allowed.join(', ')} can be acquired.`, {
    statusCode: 403,
    code: 'FORBIDDEN',
  });

export const issuerUnavailable = (): AccessError =>
  new AccessError('The token cannot be checked: the keys of its issuer cannot be fetched. Retry later.', {
    statusCode: 503,
    code: 'UNAVAILABLE',
    headers: { 'Retry-After': '5' },
  });

/** The connection was closed before its request was handled. Status 499 is nginx's; no client receives it. */
export const clientGone = (): AccessError =>
  new AccessError('The client has closed the connection.', { statusCode: 499, code: 'CLIENT_GONE' });
