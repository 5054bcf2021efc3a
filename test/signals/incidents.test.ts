import { describe, expect, it } from 'vitest';
import type { IncidentCode } from '../../src/domain/incident.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { T0 } from '../builders.ts';

const HOUR_MS = 3_600_000;

/** Incidents with a log and a counter that can be read, and a clock that can be moved. */
function kept() {
  const lines: { severity: string; fields: Record<string, unknown>; message: string }[] = [];
  const counted: IncidentCode[] = [];
  const time = { now: T0, ms: 0 };
  const pass = (ms: number): void => {
    time.ms += ms;
    time.now = new Date(time.now.getTime() + ms);
  };
  const incidents = new Incidents(
    {
      log: (severity, fields, message) => void lines.push({ severity, fields, message }),
      count: (code) => void counted.push(code),
    },
    { now: () => time.now, monotonicMs: () => time.ms },
  );
  return { incidents, lines, counted, time, pass };
}

const DISTINCT = [
  'NODE_INVALID_RESPONSE',
  'PURCHASE_REFUSED',
  'TOP_UP_REFUSED',
  'STORE_FAILED',
  'REQUEST_FAILED',
  'RUN_FAILED',
] as const;

describe('an incident', () => {
  it('is one log line, with its subject, its suggestion, and its cause if there is one', () => {
    const { incidents, lines } = kept();
    const cause = new Error('disk full');
    incidents.report({ code: 'STORE_FAILED', subject: 'run', detail: 'It is full.', cause });
    incidents.report({ code: 'BUSY', subject: 'bee' });
    expect(lines).toEqual([
      {
        severity: 'error',
        fields: {
          event: 'incident',
          code: 'STORE_FAILED',
          subject: 'run',
          suggestion: expect.any(String),
          count: 1,
          err: cause,
        },
        message: expect.stringMatching(/ It is full\.$/),
      },
      {
        severity: 'info',
        fields: { event: 'incident', code: 'BUSY', subject: 'bee', suggestion: expect.any(String), count: 1 },
        message: expect.any(String),
      },
    ]);
    expect(lines[1]?.fields).not.toHaveProperty('err');
  });

  it('is counted each time, and logged again each hour while it lasts, with its count and its start', () => {
    const { incidents, lines, counted, pass } = kept();
    for (let minute = 0; minute <= 150; minute += 15) {
      incidents.report({ code: 'BUSY', subject: 'bee' });
      pass(15 * 60_000);
    }
    expect(lines.map(({ fields }) => fields['count'])).toEqual([1, 5, 9]);
    expect(lines[2]?.message).toContain(`(9 times since ${T0.toISOString()})`);
    expect(incidents.recent()).toMatchObject([{ code: 'BUSY', count: 11, firstAt: T0 }]);
    expect(counted).toHaveLength(11);
  });

  it('starts anew if it was not reported for two hours', () => {
    const { incidents, lines, pass, time } = kept();
    incidents.report({ code: 'BUSY', subject: 'bee' });
    pass(2 * HOUR_MS);
    incidents.report({ code: 'BUSY', subject: 'bee' });
    expect(lines).toHaveLength(2);
    expect(incidents.recent()).toMatchObject([{ count: 1, firstAt: time.now }]);
  });

  it('is logged again by monotonic time, when the wall clock is set', () => {
    const { incidents, lines, time, pass } = kept();
    incidents.report({ code: 'BUSY', subject: 'bee' });
    time.now = new Date(T0.getTime() + 900 * HOUR_MS);
    incidents.report({ code: 'BUSY', subject: 'bee' });
    time.now = new Date(T0.getTime() - 900 * HOUR_MS);
    pass(HOUR_MS);
    incidents.report({ code: 'BUSY', subject: 'bee' });
    expect(lines.map(({ fields }) => fields['count'])).toEqual([1, 3]);
  });

  it('is repeated once an hour while it lasts, and not counted in between', () => {
    const { incidents, lines, counted, pass } = kept();
    const lost = { code: 'STAMP_MISSING', subject: 'batch' } as const;
    incidents.report(lost);
    for (let minute = 1; minute <= 130; minute++) {
      pass(60_000);
      incidents.remind(lost);
    }
    expect(counted).toHaveLength(3);
    expect(lines.map(({ fields }) => fields['count'])).toEqual([1, 2, 3]);
  });

  it.each(DISTINCT)('%s: two causes within an hour are two log lines', (code) => {
    const { incidents, lines } = kept();
    for (const detail of ['it is red', 'it is blue', 'it is red'])
      incidents.report({ code, subject: 'run', detail });
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringContaining('it is red'),
      expect.stringContaining('it is blue'),
    ]);
    expect(incidents.recent()).toMatchObject([{ count: 2 }, { count: 1 }]);
  });

  it('that lasts is logged once an hour for each of its causes, at most twenty of them', () => {
    const { incidents, lines, pass } = kept();
    const report = (detail: string) => incidents.report({ code: 'NODE_UNREACHABLE', subject: 'bee', detail });
    for (const detail of ['red after 1 s', 'blue', 'red after 2 s', 'blue']) report(detail);
    expect(lines.map(({ message }) => message)).toEqual([
      expect.stringMatching(/ red after 1 s$/),
      expect.stringMatching(/ blue \(2 times since .*\)$/),
    ]);
    expect(incidents.recent()).toMatchObject([{ count: 4, message: expect.stringMatching(/ blue$/) }]);
    pass(HOUR_MS);
    for (const detail of ['blue', 'red', 'blue']) report(detail);
    expect(lines).toHaveLength(4);
    for (const letter of 'abcdefghijklmnopqrstuvwxyz') report(letter);
    expect(lines).toHaveLength(4 + 18);
  });

  it('that was over and comes back within the hour is logged again, at most twenty times', () => {
    const { incidents, lines, pass } = kept();
    const fail = (subject = 'pool') =>
      incidents.report({ code: 'STORE_FAILED', subject, detail: 'the disk is full' });
    for (const subject of ['pool', 'bee']) fail(subject);
    pass(20 * 60_000);
    for (let n = 0; n < 3; n++) fail();
    expect(lines).toHaveLength(2);
    incidents.over('STORE_FAILED', 'pool');
    for (const subject of ['bee', 'pool', 'pool', 'pool']) fail(subject);
    expect(lines.map(({ fields }) => [fields['subject'], fields['count']])).toEqual([
      ['pool', 1],
      ['bee', 1],
      ['pool', 5],
    ]);
    for (let n = 0; n < 50; n++) {
      incidents.over('STORE_FAILED', 'pool');
      fail();
    }
    expect(lines).toHaveLength(1 + 20);
    pass(HOUR_MS);
    fail();
    expect(lines).toHaveLength(1 + 20 + 1);
  });

  it('is the same for two details that differ only in numbers and ids', () => {
    const { incidents, lines } = kept();
    for (const detail of [`row 17 of ${'a1'.repeat(32)}`, `row 18 of ${'b2'.repeat(32)}`])
      incidents.report({ code: 'RUN_FAILED', subject: 'run', detail });
    expect(lines).toHaveLength(1);
  });

  it('has a bounded log, memory and message, however many causes there are', () => {
    const { incidents, lines } = kept();
    const words = (n: number): string =>
      n.toString(26).replace(/\d/g, (digit) => `z${'abcdefghij'[Number(digit)]}`);
    for (let n = 0; n < 5_000; n++) {
      incidents.report({ code: 'RUN_FAILED', subject: 'run', detail: `${words(n)} ${'x'.repeat(5_000)}` });
      incidents.report({ code: 'STAMP_MISSING', subject: words(n) });
    }
    expect(lines.filter(({ fields }) => fields['code'] === 'RUN_FAILED').length).toBeLessThanOrEqual(22);
    expect(lines.length).toBeLessThanOrEqual(1_010);
    expect(Math.max(...lines.map(({ message }) => message.length))).toBeLessThanOrEqual(1_000);
    expect(incidents.recent()[0]).toMatchObject({ code: 'STAMP_MISSING', subject: 'others' });
  });

  it('is shown newest first, at most fifty of them', () => {
    const { incidents } = kept();
    for (let n = 1; n <= 60; n++) incidents.report({ code: 'STAMP_MISSING', subject: `batch ${n}` });
    const subjects = incidents.recent().map(({ subject }) => subject);
    expect(subjects).toHaveLength(50);
    expect([subjects[0], subjects[49]]).toEqual(['batch 60', 'batch 11']);
  });
});
