// Pure: how values are written on the page.

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** "45 s", "12 min", "3 h 20 min", "6 d 23 h": at most two units. */
export function duration(totalSeconds: number): string {
  const seconds = Math.max(0, Math.round(totalSeconds));
  if (seconds < MINUTE_S) return `${seconds} s`;
  if (seconds < HOUR_S) return `${Math.floor(seconds / MINUTE_S)} min`;
  if (seconds < DAY_S) return units(seconds, [HOUR_S, 'h'], [MINUTE_S, 'min']);
  return units(seconds, [DAY_S, 'd'], [HOUR_S, 'h']);
}

type Unit = readonly [seconds: number, name: string];

function units(seconds: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)} ${largeName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

/** "in 12 min", "3 h ago", "now". */
export function fromNow(atMs: number, nowMs: number): string {
  const seconds = Math.round((atMs - nowMs) / 1000);
  if (seconds === 0) return 'now';
  return seconds > 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
}

/** When something is due: "in 12 s", "now", "overdue by 2 min". */
export function dueTime(dueMs: number, nowMs: number): string {
  const lateSeconds = (nowMs - dueMs) / 1000;
  if (lateSeconds >= MINUTE_S) return `overdue by ${duration(lateSeconds)}`;
  return lateSeconds >= 0 ? 'now' : fromNow(dueMs, nowMs);
}

/** The number of "0.3850400755351552 BZZ" with as many decimals as matter: "0.3850", "11.47", "9,996". */
export function shortAmount(text: string): string {
  const value = Number.parseFloat(text);
  if (value === 0) return '0';
  if (value < 0.0001) return '< 0.0001';
  const digits = value < 1 ? 4 : value < 100 ? 2 : 0;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** "40.9 kB", "629 MB". */
export function bytes(count: number): string {
  const [size, unit] = BYTE_UNITS.find(([limit]) => count >= limit) ?? [1, 'B'];
  return `${(count / size).toLocaleString('en', { maximumSignificantDigits: 3 })} ${unit}`;
}

const BYTE_UNITS = [
  [1e12, 'TB'],
  [1e9, 'GB'],
  [1e6, 'MB'],
  [1e3, 'kB'],
] as const;

/** "23 days", "4.5 days": a decimal where it matters. */
export const days = (count: number): string =>
  `${count.toLocaleString('en', { maximumFractionDigits: count < 10 ? 1 : 0 })} ${count === 1 ? 'day' : 'days'}`;

/** The page is in English: with the locale of the browser it could have two languages and two sets of digits. */
export const DATES = 'en-GB';

const CLOCK = new Intl.DateTimeFormat(DATES, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

/** "14:03:05", in the zone of the browser. */
export const clockTime = (atMs: number): string => CLOCK.format(atMs);

const STEPS = new Intl.DateTimeFormat(DATES, {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** "Thu 14:03", in the zone of the browser: a week has each once. */
export const stepTime = (at: string): string => STEPS.format(Date.parse(at));

/** "2a25a5…9c1d". */
export const shortId = (id: string): string => (id.length > 16 ? `${id.slice(0, 6)}…${id.slice(-4)}` : id);

/** "depth 17" beside the name of a size; nothing beside a name that is the depth, such as "depth-18". */
export const depthBeside = (sizeName: string, depth: number): string =>
  sizeName === `depth-${depth}` ? '' : `depth ${depth}`;

/** "1 stamp", "2 stamps". */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** "small and medium", "small, medium and large". */
export const listed = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;

/** "NODE_CHANGED" as "node changed". */
export const codeText = (code: string): string => code.toLowerCase().replaceAll('_', ' ');
