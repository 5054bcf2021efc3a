import { DAY_SECONDS, HOUR_SECONDS } from '../../domain/durations.ts';

const MINUTE_SECONDS = 60;

/** "6 d 23 h", "2 h 5 min", "45 s": the two largest units. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE_SECONDS) return `${whole} s`;
  if (whole < HOUR_SECONDS) return `${Math.floor(whole / MINUTE_SECONDS)} min`;
  if (whole < DAY_SECONDS)
    return pair(whole, { large: HOUR_SECONDS, small: MINUTE_SECONDS, units: ['h', 'min'] });
  return pair(whole, { large: DAY_SECONDS, small: HOUR_SECONDS, units: ['d', 'h'] });
}

const pair = (
  seconds: number,
  { large, small, units: [one, other] }: { large: number; small: number; units: readonly [string, string] },
): string => `${Math.floor(seconds / large)} ${one} ${Math.floor((seconds % large) / small)} ${other}`;

/** "3 min ago", "in 12 s". */
export function relativeTime(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  return seconds > 0 ? `in ${durationText(seconds)}` : `${durationText(-seconds)} ago`;
}

/** When something is due: "in 12 s", "now", "overdue by 2 min". */
export function dueTime(due: Date, now: Date): string {
  const lateSeconds = (now.getTime() - due.getTime()) / 1000;
  if (lateSeconds >= MINUTE_SECONDS) return `overdue by ${durationText(lateSeconds)}`;
  return lateSeconds >= 0 ? 'now' : relativeTime(due, now);
}

/** 2026-11-26T03:00:00.000Z -> "2026-11-26 03:00:00Z". */
export const timeText = (at: Date): string => `${at.toISOString().slice(0, 19).replace('T', ' ')}Z`;
