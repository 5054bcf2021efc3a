import type { Balance, ForeignBatch } from './chain.ts';
import type { BatchEvent, FaultSettings, Stage } from './faults.ts';
import type { Restart, Resync } from './node.ts';

export type Input = Readonly<Record<string, unknown>>;

/** The input of a request is invalid. The admin API answers 400 with this message. */
export class InvalidInput extends Error {}

export function parseInput(text: string): Input {
  if (text.trim() === '') return {};
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new InvalidInput('the body must be a JSON object');
  }
  return { ...parsed };
}

export function readNumber(input: Input, name: string): number | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidInput(`"${name}" must be a whole number, not ${JSON.stringify(value)}`);
}

export function readChainId(input: Input): number {
  const id = readNumber(input, 'id');
  if (id === undefined) throw new InvalidInput('"id" is missing');
  return id;
}

/** Reads a required text. A number is converted to text. */
export function readText(input: Input, name: string): string {
  const text = optionalText(input, name);
  if (text === undefined) throw new InvalidInput(`"${name}" is missing`);
  return text;
}

export function readPlur(input: Input, name: string): bigint {
  const text = readText(input, name);
  if (!/^\d+$/.test(text)) throw new InvalidInput(`"${name}" must be a whole number of PLUR, not "${text}"`);
  return BigInt(text);
}

/** Parses an amount of BZZ or xDAI such as "12.5". */
export function parseCoins(text: string, decimals: number): bigint {
  const [, whole, fraction = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  if (whole === undefined || fraction.length > decimals)
    throw new InvalidInput(`"${text}" is not an amount of money`);
  return BigInt(whole + fraction.padEnd(decimals, '0'));
}

export const BZZ_DECIMALS = 16;
export const XDAI_DECIMALS = 18;

export function readMoney(input: Input): Partial<Balance> {
  const bzz = optionalText(input, 'bzz');
  const xdai = optionalText(input, 'xdai');
  return {
    ...(bzz !== undefined && { bzzPlur: parseCoins(bzz, BZZ_DECIMALS) }),
    ...(xdai !== undefined && { xdaiWei: parseCoins(xdai, XDAI_DECIMALS) }),
  };
}

export function readForeignBatch(input: Input): ForeignBatch {
  const owner = optionalText(input, 'owner')?.replace(/^0x/, '');
  const depth = readNumber(input, 'depth');
  if (depth === undefined) throw new InvalidInput('"depth" is missing');
  return {
    amount: readPlur(input, 'amount'),
    depth,
    ...(owner !== undefined && { owner }),
    ...flags(input, ['immutable']),
  };
}

export function readRestart(input: Input): Restart {
  return {
    ...numbers(input, ['downBlocks', 'startingBlocks', 'syncingBlocks']),
    ...flags(input, ['killed', 'dirty']),
  };
}

export function readResync(input: Input): Resync {
  return { ...numbers(input, ['blocks', 'downBlocks', 'staleRequests']), ...flags(input, ['keepStampers']) };
}

export function readSettings(input: Input): FaultSettings {
  const stage = optionalText(input, 'stage');
  if (stage !== undefined && !isStage(stage)) {
    throw new InvalidInput(`"stage" must be one of ${STAGES.join(', ')}, not "${stage}"`);
  }
  const event = optionalText(input, 'event');
  if (event !== undefined && !isBatchEvent(event)) {
    throw new InvalidInput(`"event" must be one of ${BATCH_EVENTS.join(', ')}, not "${event}"`);
  }
  return {
    ...numbers(input, ['times', 'blocks']),
    ...flags(input, ['after']),
    ...texts(input, ['method', 'path', 'message', 'body', 'batchId']),
    ...(stage !== undefined && { stage }),
    ...(event !== undefined && { event }),
  };
}

const STAGES = ['before', 'approve', 'create', 'mined'] as const satisfies readonly Stage[];

const BATCH_EVENTS = ['create', 'topUp', 'dilute'] as const satisfies readonly BatchEvent[];

function isBatchEvent(text: string): text is BatchEvent {
  return BATCH_EVENTS.some((event) => event === text);
}

function isStage(text: string): text is Stage {
  return STAGES.some((stage) => stage === text);
}

function optionalText(input: Input, name: string): string | undefined {
  const value = input[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new InvalidInput(`"${name}" must be text, not ${JSON.stringify(value)}`);
}

type Some<K extends string, V> = { [key in K]?: V };

function numbers<K extends string>(input: Input, names: readonly K[]): Some<K, number> {
  return picked(names, (name) => readNumber(input, name));
}

function texts<K extends string>(input: Input, names: readonly K[]): Some<K, string> {
  return picked(names, (name) => optionalText(input, name));
}

function flags<K extends string>(input: Input, names: readonly K[]): Some<K, boolean> {
  return picked(names, (name) => {
    const value = input[name];
    if (value === undefined || typeof value === 'boolean') return value;
    throw new InvalidInput(`"${name}" must be true or false, not ${JSON.stringify(value)}`);
  });
}

function picked<K extends string, V>(names: readonly K[], read: (name: K) => V | undefined): Some<K, V> {
  const found: Some<K, V> = {};
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}
