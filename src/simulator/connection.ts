/** An error that a client's socket reports. serve.ts closes or resets the connection accordingly. */
export class ConnectionError extends Error {
  readonly code: 'ECONNRESET' | 'ECONNREFUSED';
  /** The connection is closed without a reset, and without a byte of the response. */
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
