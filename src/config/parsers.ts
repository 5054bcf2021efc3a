import { z } from 'zod';
import { DAY_SECONDS, HOUR_SECONDS } from '../domain/durations.ts';
import { SIZE_DEPTHS, SIZES } from '../domain/size.ts';
import {
  bzzToPlur,
  type Depth,
  isDepth,
  MAX_DEPTH,
  MIN_DEPTH,
  parsePlur,
  xdaiToWei,
} from '../domain/units.ts';
import type { AdoptionSource } from './adoption.ts';
import { pathOfFileUrl } from './file-url.ts';
import { notHttp, parseHttpUrl } from './http-url.ts';
import { isLoopbackHost } from './loopback.ts';
import { quoted } from './secret-url.ts';
import { decimal, text, textOrRangeError, wholeNumber, wholeNumberText, within } from './setting-text.ts';

/** A hundred years: longer than any batch lives, and within the range of Date. */
const MAX_HOURS = 876_600;
/** A higher target is a typing mistake, and would take weeks of purchases. */
const MAX_STAMPS_PER_DEPTH = 10_000;
/** setTimeout fires immediately above 2^31-1 ms, which is 24.8 days. */
const MAX_INTERVAL_SECONDS = 24 * DAY_SECONDS;

const TRUE_SPELLINGS = ['true', 't', 'yes', 'y', 'on', '1'];
const FALSE_SPELLINGS = ['false', 'f', 'no', 'n', 'off', '0'];

/** The spellings that pydantic accepts, and so the Python gateway. */
export const booleanText = text(
  'true or false',
  (given) =>
    TRUE_SPELLINGS.includes(given.toLowerCase()) ||
    (FALSE_SPELLINGS.includes(given.toLowerCase()) ? false : undefined),
);

export const countText = wholeNumberText('a count', 0, MAX_STAMPS_PER_DEPTH);
export const rateText = wholeNumberText('a whole number', 1, 1_000_000);
export const portText = wholeNumberText('a port', 0, 65_535);
export const intervalText = wholeNumberText('a number of seconds', 1, MAX_INTERVAL_SECONDS);
/** Minutes in, seconds out. 0 turns off what it is the interval of. */
export const minutesText = text('a whole number of minutes from 0 to 1440', (given) => {
  const minutes = within(wholeNumber(given), 0, 1440);
  return minutes === undefined ? undefined : minutes * 60;
});
export const blockTimeText = text('a number of seconds from 0.001 to 3600', (given) =>
  within(decimal(given), 0.001, 3600),
);

/** Hours in, seconds out. */
export const hoursText = text(`a number of hours from 0 to ${MAX_HOURS}`, (given) =>
  hoursToSeconds(within(decimal(given), 0, MAX_HOURS)),
);
export const positiveHoursText = text(`a number of hours above 0, at most ${MAX_HOURS}`, (given) => {
  const seconds = hoursToSeconds(within(decimal(given), 0, MAX_HOURS));
  return seconds === 0 ? undefined : seconds;
});
const hoursToSeconds = (hours: number | undefined): number | undefined =>
  hours === undefined ? undefined : Math.round(hours * HOUR_SECONDS);

export const bzzText = text('an amount of BZZ, such as 1.5', bzzToPlur);
export const xdaiText = text('an amount of xDAI, such as 0.01', xdaiToWei);
export const priceText = text('a whole number of PLUR', (given) =>
  /^\d+$/.test(given) ? parsePlur(given) : undefined,
);

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const REST_CONTRACTS = ['2026-01', '2026-04'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type RestContractName = (typeof REST_CONTRACTS)[number];

export const logLevelText = text(`one of ${LOG_LEVELS.join(', ')}`, (given) =>
  LOG_LEVELS.find((level) => level === given.toLowerCase()),
);
export const restContractText = text(`one of ${REST_CONTRACTS.join(', ')}`, (given) =>
  REST_CONTRACTS.find((name) => name === given),
);
export const hostText = text('a host name or address', (given) =>
  /^[\w.:%-]+$/.test(given) ? given : undefined,
);

/** "17:4,20:2": targets by depth. Each wrong part is a mistake. */
export const reserveText = z.string().transform((given, context): ReadonlyMap<Depth, number> => {
  const targets = new Map<Depth, number>();
  for (const entry of given.split(',')) {
    const [depthPart = '', countPart, ...rest] = entry.split(':').map((part) => part.trim());
    const depth = wholeNumber(depthPart);
    if (countPart === undefined || rest.length > 0) {
      context.addIssue(`${quoted(entry.trim())} is not depth:count, such as 17:4`);
      continue;
    }
    const count = within(wholeNumber(countPart), 0, MAX_STAMPS_PER_DEPTH);
    if (count === undefined)
      context.addIssue(
        `${quoted(countPart)} is not a count${wholeNumber(countPart) === undefined ? '' : ` from 0 to ${MAX_STAMPS_PER_DEPTH}`}`,
      );
    if (depth === undefined || !isDepth(depth))
      context.addIssue(`${quoted(depthPart)} is not a depth from ${MIN_DEPTH} to ${MAX_DEPTH}`);
    else if (targets.has(depth)) context.addIssue(`depth ${depth} is named twice`);
    else targets.set(depth, count ?? 0);
  }
  return targets;
});

/** A URL whose user and password are no part of a message. */
export const urlText = z.string().transform((given, context): string => {
  const url = parseHttpUrl(given);
  if (!url) context.addIssue(notHttp(given));
  return url ? given : z.NEVER;
});

export const pathText = text('a path', (given) => (given.includes('\0') ? undefined : given));

/** "off", "any" or "file:<path>". The file is read later. */
export const adoptionText = textOrRangeError((given): AdoptionSource => {
  if (given === 'off' || given === 'any') return { from: given };
  if (!given.startsWith('file:')) throw new RangeError(`${quoted(given)} is not off, any or file:<path>`);
  return { from: 'file', path: pathOfFileUrl(given) };
});

/** "small,medium" or "17,20". */
export const sizesText = text('a list of small, medium, large or depths, such as small,medium', (given) => {
  const depths = given.split(',').map((part) => depthOf(part.trim().toLowerCase()));
  return depths.every((depth) => depth !== undefined) ? new Set(depths) : undefined;
});

function depthOf(part: string): Depth | undefined {
  const size = SIZES.find((one) => one === part);
  if (size !== undefined) return SIZE_DEPTHS[size];
  const depth = wholeNumber(part);
  return depth !== undefined && isDepth(depth) ? depth : undefined;
}

/** Compared with claims, so it is any text. */
export const issuerText = text('a text of at most 1000 characters', (given) =>
  given.length <= 1000 ? given : undefined,
);

/** Keys from a connection that others can change would let them make tokens. */
export const jwksUrlText = text(
  'an https URL, or an http URL on this machine, without user and password',
  (given) => {
    const url = parseHttpUrl(given);
    if (!url || url.username || url.password) return undefined;
    return url.protocol === 'https:' || isLoopbackHost(url.hostname) ? url : undefined;
  },
);
