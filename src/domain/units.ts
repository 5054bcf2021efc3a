// This folder is the vocabulary and the rules of the pool. Everything in it is pure, and it imports nothing else of ours.
// This file has the units: a value is parsed once at the edge, and its type states the unit from there on.

declare const unit: unique symbol;
type Unit<Value, Name extends string> = Value & { readonly [unit]: Name };

/** 64 lowercase hex digits, without 0x. */
export type BatchId = Unit<string, 'BatchId'>;
/** A UUIDv7: sorts by the time it was made. */
export type OrderId = Unit<string, 'OrderId'>;
/** A UUIDv7: sorts by the time it was made. */
export type AcquisitionId = Unit<string, 'AcquisitionId'>;
/** The operator's name for a Bee node. */
export type NodeName = Unit<string, 'NodeName'>;
/** The address of a node's wallet, which owns its batches: 0x and 40 lowercase hex digits. */
export type EthereumAddress = Unit<string, 'EthereumAddress'>;
/** A batch holds 2^depth chunks. 17 is the minimum of the contract, 255 the maximum of a uint8 (docs/bee.md#contract). */
export type Depth = Unit<number, 'Depth'>;
/** 10^-16 BZZ. On the wire a decimal string, never a JS number: 2^53 PLUR is less than one BZZ. */
export type Plur = Unit<bigint, 'Plur'>;
/** 10^-18 xDAI, the coin that pays for gas. */
export type Wei = Unit<bigint, 'Wei'>;

export const MIN_DEPTH = 17;
export const MAX_DEPTH = 255;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export const isBatchId = (text: string): text is BatchId => /^[0-9a-f]{64}$/.test(text);
const isOrderId = (text: string): text is OrderId => UUID.test(text);
export const isAcquisitionId = (text: string): text is AcquisitionId => UUID.test(text);
export const isDepth = (count: number): count is Depth =>
  Number.isInteger(count) && count >= MIN_DEPTH && count <= MAX_DEPTH;

/** @throws RangeError with the value, if `text` is not a batch id. */
export function parseBatchId(text: string): BatchId {
  if (isBatchId(text)) return text;
  throw new RangeError(`"${text}" is not a batch id: 64 lowercase hex digits, without 0x`);
}

/** Accepts any case, as in a checksummed address (EIP-55), and returns lowercase. Undefined for anything else. */
export const ethereumAddress = (text: string): EthereumAddress | undefined => {
  const lower = text.toLowerCase();
  return isEthereumAddress(lower) ? lower : undefined;
};
const isEthereumAddress = (text: string): text is EthereumAddress => /^0x[0-9a-f]{40}$/.test(text);

/** @throws RangeError if `text` is not an Ethereum address. */
export function parseEthereumAddress(text: string): EthereumAddress {
  const address = ethereumAddress(text);
  if (address !== undefined) return address;
  throw new RangeError(`"${text}" is not an Ethereum address: 0x and 40 hex digits`);
}

/** @throws RangeError if `text` is not a UUIDv7. */
export function parseOrderId(text: string): OrderId {
  if (isOrderId(text)) return text;
  throw new RangeError(`"${text}" is not an order id`);
}

/** @throws RangeError if `text` is not a UUIDv7. */
export function parseAcquisitionId(text: string): AcquisitionId {
  if (isAcquisitionId(text)) return text;
  throw new RangeError(`"${text}" is not an acquisition id`);
}

/** @throws RangeError if `count` is not a depth. */
export function depth(count: number): Depth {
  if (isDepth(count)) return count;
  throw new RangeError(`${count} is not a depth from ${MIN_DEPTH} to ${MAX_DEPTH}`);
}

/** @throws RangeError if the name is empty or has characters other than letters, digits, `-`, `_` and `.`. */
export function nodeName(text: string): NodeName {
  if (isNodeName(text)) return text;
  throw new RangeError(`"${text}" is not a node name: letters, digits, "-", "_" and "." only`);
}
const isNodeName = (text: string): text is NodeName => /^[\w.-]+$/.test(text);

/** @throws RangeError if `count` is negative. */
export function plur(count: bigint): Plur {
  if (isPlur(count)) return count;
  throw new RangeError(`${count} PLUR is negative`);
}
const isPlur = (count: bigint): count is Plur => count >= 0n;

/** @throws RangeError if `count` is negative. */
export function wei(count: bigint): Wei {
  if (isWei(count)) return count;
  throw new RangeError(`${count} wei is negative`);
}
const isWei = (count: bigint): count is Wei => count >= 0n;

/** @throws SyntaxError if `text` is not a decimal integer. */
export const parsePlur = (text: string): Plur => plur(parseDecimal(text));
/** @throws SyntaxError if `text` is not a decimal integer. */
export const parseWei = (text: string): Wei => wei(parseDecimal(text));

function parseDecimal(text: string): bigint {
  if (/^\d+$/.test(text)) return BigInt(text);
  throw new SyntaxError(`"${text}" is not a decimal integer`);
}

const PLUR_DIGITS = 16;
const WEI_DIGITS = 18;

/** "1.5" -> 15000000000000000n. Undefined if `text` is not a decimal number of at most 16 places. */
export const bzzToPlur = (text: string): Plur | undefined => {
  const units = fromDecimalPlaces(text, PLUR_DIGITS);
  return units === undefined ? undefined : plur(units);
};
/** "0.01" -> 10000000000000000n. Undefined if `text` is not a decimal number of at most 18 places. */
export const xdaiToWei = (text: string): Wei | undefined => {
  const units = fromDecimalPlaces(text, WEI_DIGITS);
  return units === undefined ? undefined : wei(units);
};

function fromDecimalPlaces(text: string, digits: number): bigint | undefined {
  const match = /^(\d+)(?:\.(\d+))?$/.exec(text);
  const [, whole, fraction = ''] = match ?? [];
  if (whole === undefined || fraction.length > digits) return undefined;
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

/** 15000000000000000n -> "1.5". */
export const decimalBzz = (amount: bigint): string => toDecimalPlaces(amount, PLUR_DIGITS);
/** 10000000000000000n -> "0.01". */
export const decimalXdai = (amount: bigint): string => toDecimalPlaces(amount, WEI_DIGITS);
/** 15000000000000000n -> "1.5 BZZ". */
export const formatBzz = (amount: bigint): string => `${decimalBzz(amount)} BZZ`;
/** 10000000000000000n -> "0.01 xDAI". */
export const formatXdai = (amount: bigint): string => `${decimalXdai(amount)} xDAI`;

function toDecimalPlaces(amount: bigint, digits: number): string {
  const sign = amount < 0n ? '-' : '';
  const text = (amount < 0n ? -amount : amount).toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return `${sign}${text.slice(0, -digits)}${fraction && `.${fraction}`}`;
}

/** The cost of a batch: `amount` for each of its 2^depth chunks. */
export const costOf = (amount: Plur, depthOfBatch: Depth): Plur => plur(amount << BigInt(depthOfBatch));

/** @throws TypeError if `value` is null: a state requires it. */
export function required<Value>(value: Value | null, name: string): Value {
  if (value !== null) return value;
  throw new TypeError(`${name} is null`);
}

/** Ends a switch over a closed union: a case that is not handled does not compile. */
export function unreachable(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
