import { describe, expect, it } from 'vitest';
import type { IncidentCode } from '../../src/domain/incident.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { T0 } from '../builders.ts';

const QUIET_MS = 3_600_000;

/** Incidents with a log and a counter that can be read, and a clock that can be set. */
function kept() {
  const lines: { severity: string; fields: Record<string, unknown>; message: string }[] = [];
  const counted: IncidentCode[] = [];
  const time = { now: T0 };
  const incidents = new Incidents(
    {
      log: (severity, fields, message) => void lines.push({ severity, fields, message }),
      count: (code) => void counted.push(code),
    },
    () => time.now,
  );
  return { incidents, lines, counted, time };
}

describe('what goes wrong', () => {
  it('is one log line, with what it is about, the way out, and the cause where there is one', () => {
    const { incidents, lines } = kept();
    const cause = new Error('disk full');
    incidents.report({ code: 'STORE_FAILED', subject: 'turn', detail: 'It is full.', cause });
    incidents.report({ code: 'BUSY', subject: 'bee' });
    expect(lines).toEqual([
      {
        severity: 'error',
        fields: { code: 'STORE_FAILED', subject: 'turn', wayOut: expect.any(String), err: cause },
        message: expect.stringMatching(/ It is full\.$/),
      },
      {
        severity: 'info',
        fields: { code: 'BUSY', subject: 'bee', wayOut: expect.any(String) },
        message: expect.any(String),
      },
    ]);
    expect(lines[1]?.fields).not.toHaveProperty('err');
  });

  it('is counted each time, and logged again only when it was quiet for an hour', () => {
    const { incidents, lines, counted, time } = kept();
    const again = (afterMs: number): void => {
      time.now = new Date(time.now.getTime() + afterMs);
      incidents.report({ code: 'BUSY', subject: 'bee' });
    };
    again(0);
    again(QUIET_MS - 1);
    expect(lines).toHaveLength(1);
    expect(incidents.recent()).toMatchObject([{ code: 'BUSY', count: 2, firstAt: T0, lastAt: time.now }]);
    again(QUIET_MS);
    expect(lines).toHaveLength(2);
    expect(incidents.recent()).toMatchObject([{ count: 1, firstAt: time.now }]);
    expect(counted).toEqual(['BUSY', 'BUSY', 'BUSY']);
  });

  it('is told newest first, the last fifty things', () => {
    const { incidents } = kept();
    for (let n = 1; n <= 60; n++) incidents.report({ code: 'STAMP_MISSING', subject: `batch ${n}` });
    const subjects = incidents.recent().map(({ subject }) => subject);
    expect(subjects).toHaveLength(50);
    expect([subjects[0], subjects[49]]).toEqual(['batch 60', 'batch 11']);
  });
});
