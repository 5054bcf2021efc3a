export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query; absolute within the node: `/stamps`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/**
 * One HTTP exchange with a node, with no time limit: it ends when the node has answered or the connection is dead.
 * @throws SendFailed when no whole answer came.
 */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

/** No whole answer came back. Whether the request went out is the one thing that matters about it. */
export class SendFailed extends Error {
  override readonly name = 'SendFailed';
  /** False only when it is certain that not one byte of the request left: no connection ever came about. */
  readonly mayHaveLeft: boolean;

  constructor(
    message: string,
    { mayHaveLeft, cause }: { readonly mayHaveLeft: boolean; readonly cause?: unknown },
  ) {
    super(message, { cause });
    this.mayHaveLeft = mayHaveLeft;
  }
}
