export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query; absolute within the node: `/stamps`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** On a connection of its own, as money always is. Default: reads share one. */
  readonly apart?: boolean;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Where an answer of 3xx redirects to, in one bounded line, without user, password and query. It is not followed. */
  readonly location?: string;
}

/**
 * One HTTP exchange with a node, with no time limit: it ends when the node has answered or the connection is dead.
 * @throws SendFailed when no whole answer came. Anything else that is thrown is a bug.
 */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

interface Failure {
  readonly mayHaveLeft: boolean;
  readonly answered?: boolean;
  readonly cause?: unknown;
}

/** No whole answer came back. Whether the request went out is the one thing that matters about it. */
export class SendFailed extends Error {
  override readonly name = 'SendFailed';
  /** False only when it is certain that not one byte of the request left: no connection ever came about. */
  readonly mayHaveLeft: boolean;
  /** Something did answer, with what no Bee sends: too much, or not HTTP. */
  readonly answered: boolean;

  constructor(message: string, { mayHaveLeft, answered = false, cause }: Failure) {
    super(message, { cause });
    this.mayHaveLeft = mayHaveLeft;
    this.answered = answered;
  }
}
