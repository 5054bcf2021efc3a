export interface SimRequest {
  readonly method: string;
  /** Includes the query. */
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

export interface SimResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  /** The body has one character per byte. Without this it is text. */
  readonly binary?: true;
  /** The number of bytes of the body that arrive before the connection ends. */
  readonly cutAfter?: number;
}

export interface Reason {
  readonly field: string;
  readonly error: string;
}

const JSON_TYPE = 'application/json; charset=utf-8';

/** Go's encoder ends with a newline, and Bee's jsonhttp adds another one. */
export function json(status: number, value: unknown): SimResponse {
  return { status, headers: { 'content-type': JSON_TYPE }, body: `${goJson(value)}\n\n` };
}

export function problem(status: number, message: string, reasons: readonly Reason[] = []): SimResponse {
  return json(status, { code: status, message, ...(reasons.length > 0 && { reasons }) });
}

export function methodNotAllowed(allow: string): SimResponse {
  const body = `${JSON.stringify({ message: 'Method Not Allowed', code: 405 })}\n`;
  return { status: 405, headers: { 'content-type': JSON_TYPE, allow }, body };
}

export function options(allow: string): SimResponse {
  return { status: 204, headers: { allow }, body: '' };
}

export function text(body: string): SimResponse {
  return { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body };
}

/** `bytes` has one character per byte. */
export function binary(bytes: string, headers: Record<string, string>): SimResponse {
  return { status: 200, headers, body: bytes, binary: true };
}

export function movedTo(status: 301 | 308, location: string): SimResponse {
  return { status, headers: { location }, body: '' };
}

export function html(status: number, body: string): SimResponse {
  return { status, headers: { 'content-type': 'text/html' }, body };
}

/** Go escapes the characters that have a meaning in HTML. */
const GO_ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026' };

function goJson(value: unknown): string {
  return JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => {
    return GO_ESCAPES[character] ?? `\\u${character.charCodeAt(0).toString(16)}`;
  });
}
