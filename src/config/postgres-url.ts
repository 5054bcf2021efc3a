import { isLoopbackHost } from './loopback.ts';
import { Secret } from './secret.ts';
import { quoted } from './secret-url.ts';

/** The URL of a database in PostgreSQL, with its user and password. */
export class PostgresUrl extends Secret {
  readonly #url: URL;
  readonly #host: string;

  /** @throws RangeError, whose message has no part of the text that may be the password. */
  constructor(text: string) {
    super();
    if (hasSeveralHosts(text))
      throw new RangeError('it has several hosts: name one, such as that of the proxy');
    const url = URL.parse(text);
    if (url === null || url.hash !== '')
      throw new RangeError(
        'is not postgres://<user>:<password>@<host>/<database>; in the password, the characters : / ? # [ ] @ % are percent-encoded',
      );
    this.#url = url;
    this.#host = url.searchParams.get('host') ?? decodeURIComponent(url.hostname);
    assertUnderstood(url);
  }

  /** For the connection. */
  reveal(): string {
    return this.#url.href;
  }

  /** The database and its host, for logs and messages. */
  get shown(): string {
    const { pathname, port } = this.#url;
    return `${decodeURIComponent(pathname.slice(1))} on ${this.#host || 'localhost'}${port === '' ? '' : `:${port}`}`;
  }

  /** Whether others could read what is sent: to another machine, without TLS. */
  get isExposed(): boolean {
    const mode = this.#url.searchParams.get('sslmode') ?? 'disable';
    const isLocal = this.#host === '' || this.#host.startsWith('/') || isLoopbackHost(this.#host);
    return mode === 'disable' && !isLocal;
  }
}

/** Looked for in the text: with ports, URL.parse refuses them. */
function hasSeveralHosts(text: string): boolean {
  const [, hosts = ''] = /(?:@|^\w+:\/\/)([^@/?#]*)(?:[/?#][^@]*)?$/.exec(text) ?? [];
  return hosts.includes(',');
}

/** As libpq has them. `prefer` and `allow` are missing: they protect from nothing. */
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const PARAMETERS = ['host', 'sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

function assertUnderstood({ pathname, searchParams }: URL): void {
  if (pathname.length < 2 || pathname.slice(1).includes('/'))
    throw new RangeError('it has no database: write postgres://<user>:<password>@<host>/<database>');
  const unknown = [...searchParams.keys()].find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    throw new RangeError(`the parameter ${quoted(unknown)} is not understood: ${PARAMETERS.join(', ')} are`);
  const mode = searchParams.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode))
    throw new RangeError(`sslmode=${quoted(mode)} is not one of ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !searchParams.has('sslrootcert'))
    throw new RangeError(
      'sslmode=verify-ca needs sslrootcert=<path>; verify-full uses the CAs of the system',
    );
}
