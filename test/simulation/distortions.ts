import type { Prng } from './prng.ts';

/** One value in a JSON text, with its place. */
interface Place {
  readonly parent: Record<string, unknown> | unknown[];
  readonly key: string | number;
  readonly value: unknown;
}

type Distortion = (places: readonly Place[], prng: Prng) => boolean;

/** The ways to distort one value of an answer. Each returns whether it found a value to distort. */
const DISTORTIONS = {
  removed: (places, prng) => {
    const named = places.filter(({ parent }) => !Array.isArray(parent));
    if (named.length === 0) return false;
    const { parent, key } = prng.pick(named);
    return Reflect.deleteProperty(parent, key);
  },
  retyped: (places, prng) => {
    if (places.length === 0) return false;
    const { parent, key, value } = prng.pick(places);
    const others: readonly unknown[] = [
      null,
      true,
      0,
      1.5,
      '',
      'text',
      [],
      {},
      String(value),
      Number(value) || 7,
    ];
    return put(parent, key, prng.pick(others.filter((other) => typeof other !== typeof value)));
  },
  scaled: (places, prng) => {
    const scalable = places.filter(
      ({ value }) => typeof value === 'number' || isDigits(value) || isHex(value),
    );
    if (scalable.length === 0) return false;
    const { parent, key, value } = prng.pick(scalable);
    return put(parent, key, scaledValue(value, prng));
  },
  swapped: (places, prng) => {
    const plain = places.filter(({ value }) => typeof value !== 'object');
    if (plain.length === 0) return false;
    const one = prng.pick(plain);
    const others = plain.filter(({ value }) => typeof value === typeof one.value && value !== one.value);
    const alike = others.filter(({ key }) => key === one.key); // of another entry of the list
    const candidates = alike.length > 0 && prng.chance(70) ? alike : others;
    if (candidates.length === 0) return false;
    const other = prng.pick(candidates);
    return put(one.parent, one.key, other.value) && put(other.parent, other.key, one.value);
  },
  shortened: (places, prng) => {
    const lists = places.flatMap(({ value }) => (Array.isArray(value) && value.length > 0 ? [value] : []));
    if (lists.length === 0) return false;
    const list = prng.pick(lists);
    list.splice(prng.below(list.length), prng.between(1, list.length));
    return true;
  },
} as const satisfies Record<string, Distortion>;

export type DistortionName = keyof typeof DISTORTIONS;

/** The JSON text with one value distorted; null when it is no JSON or has no such value. */
export function distorted(body: string, name: DistortionName, prng: Prng): string | null {
  const json = parse(body);
  const places = placesIn(json);
  return DISTORTIONS[name](places, prng) ? JSON.stringify(json) : null;
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return null;
  }
}

function placesIn(value: unknown): Place[] {
  if (Array.isArray(value))
    return value.flatMap((item, key) => [{ parent: value, key, value: item }, ...placesIn(item)]);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => [
    { parent: value, key, value: item },
    ...placesIn(item),
  ]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isDigits = (value: unknown): value is string => typeof value === 'string' && /^\d+$/.test(value);
const isHex = (value: unknown): value is string =>
  typeof value === 'string' && /^(0x)?[0-9a-f]{40,64}$/.test(value);

function scaledValue(value: unknown, prng: Prng): unknown {
  if (isDigits(value)) {
    const number = BigInt(value);
    return String(
      prng.pick([
        0n,
        number / 10n,
        number / 2n,
        number + 1n,
        number * 2n,
        number * 1000n,
        number * 10n ** 30n,
      ]),
    );
  }
  if (typeof value === 'number')
    return prng.pick([
      0,
      -1,
      Math.floor(value / 10),
      value - 1,
      value + 1,
      value * 2,
      value * 1000,
      value + 0.5,
      2 ** 53,
    ]);
  const text = String(value);
  const at = prng.between(text.length - 40, text.length - 1);
  return `${text.slice(0, at)}${text[at] === '0' ? '1' : '0'}${text.slice(at + 1)}`;
}

const put = (parent: Place['parent'], key: Place['key'], value: unknown): boolean =>
  Reflect.set(parent, key, value);
