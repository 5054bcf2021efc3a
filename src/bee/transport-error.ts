/** No complete answer arrived. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  /** False only if no connection was established, so that not one byte was sent. */
  readonly mayHaveBeenSent: boolean;
  /** The peer answered with something that Bee never sends: too long, compressed, or not HTTP. */
  readonly invalidAnswer: boolean;

  constructor(message: string, { mayHaveBeenSent, invalidAnswer = false, cause }: TransportErrorDetails) {
    super(message, { cause });
    this.mayHaveBeenSent = mayHaveBeenSent;
    this.invalidAnswer = invalidAnswer;
  }
}

interface TransportErrorDetails {
  readonly mayHaveBeenSent: boolean;
  readonly invalidAnswer?: boolean;
  readonly cause?: unknown;
}

export const TOO_LONG = 'the answer is longer than any that Bee sends';
