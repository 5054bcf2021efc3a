import { Secret } from './secret.ts';

/** HTTP headers that hold credentials. They cannot be logged or serialized. */
export class SecretHeaders extends Secret {
  readonly #headers: Readonly<Record<string, string>>;

  /** @throws RangeError, whose message has no value, if the text is not lines of `Name: value`. */
  constructor(text: string) {
    super();
    const entries = text
      .split('\n')
      .map((line, at) => parseLine(line.trim(), at + 1))
      .filter((entry) => entry !== null);
    const names = entries.map(([name]) => name);
    const repeated = names.find((name, at) => names.indexOf(name) < at);
    if (repeated !== undefined) throw new RangeError(`it names the header ${repeated} twice`);
    if (entries.length === 0) throw new RangeError('it has no header: write lines of Name: value');
    this.#headers = Object.fromEntries(entries);
  }

  /** By name, in lower case. */
  reveal(): Readonly<Record<string, string>> {
    return this.#headers;
  }
}

const LINE = /^([!#$%&'*+.^_`|~\dA-Za-z-]+):[ \t]*([\t\x20-\x7e]+)$/;

/** They say how a message is framed, or belong to requests of the service itself. */
const RESERVED: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-length',
  'expect',
  'host',
  'immutable',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

function parseLine(line: string, number: number): readonly [string, string] | null {
  if (line === '') return null;
  const [, name = '', value = ''] = LINE.exec(line) ?? [];
  if (name === '') throw new RangeError(`line ${number} is not Name: value`);
  if (RESERVED.has(name.toLowerCase()))
    throw new RangeError(`line ${number}: the service sets ${name} itself`);
  return [name.toLowerCase(), value];
}
