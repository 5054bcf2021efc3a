/** What a client's socket would report. serve.ts turns these into the real thing. */
export class ConnectionError extends Error {
  readonly code: 'ECONNRESET' | 'ECONNREFUSED';
  /** The connection ends in an orderly way, only without a byte of answer. */
  readonly orderly: boolean;
  constructor(code: 'ECONNRESET' | 'ECONNREFUSED', message: string, orderly = false) {
    super(message);
    this.code = code;
    this.orderly = orderly;
  }
}

export class ConnectionReset extends ConnectionError {
  constructor() {
    super('ECONNRESET', 'read ECONNRESET');
  }
}

export class ConnectionRefused extends ConnectionError {
  constructor() {
    super('ECONNREFUSED', 'connect ECONNREFUSED');
  }
}

export class EmptyReply extends ConnectionError {
  constructor() {
    super('ECONNRESET', 'socket hang up', true);
  }
}
