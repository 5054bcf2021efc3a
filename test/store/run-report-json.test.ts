import { expect, test } from 'vitest';
import { reportFromJson, reportToJson } from '../../src/store/run-report-json.ts';
import { aReport } from '../run-report.ts';

const text = reportToJson(aReport());

test('a report is the same after it was a text', () => {
  expect(reportFromJson(text)).toEqual(aReport());
  const empty = {
    ...aReport(),
    run: { ...aReport().run, actions: [], errors: [], spending: null },
    incidents: [],
    canary: null,
  };
  expect(reportFromJson(reportToJson(empty))).toEqual(empty);
});

test.each([
  ['is no JSON', '"canary"', 'canary'],
  ['is cut off', text.slice(1), ''],
  ['holds for a reason that this version does not know', '"BUDGET"', '"A_NEW_CODE"'],
  ['holds for a reason that is no text', '"BUDGET"', '7'],
  ['has an incident that this version does not know', '"BUSY"', '"toString"'],
  ['has an incident whose code is no text', '"BUSY"', '7'],
  ['has another action', '"adopt"', '"sell"'],
  ['has a time that is none', '"2026-03-01T12:15:00.000Z"', '"soon"'],
  ['has a price that is none', '"24000"', '"free"'],
  ['lacks a field', '"purchasesSent":1,', ''],
])('a report that %s counts as absent', (_what, part, instead) => {
  expect(text).toContain(part);
  expect(reportFromJson(text.replace(part, instead))).toBeNull();
});
