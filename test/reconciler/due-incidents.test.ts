import { expect, test } from 'vitest';
import { dueChanges, reportedChanges } from '../../src/reconciler/due-incidents.ts';
import type { IncidentReport } from '../../src/signals/incidents.ts';
import { NODE } from '../builders.ts';

test('an incident is written as due and as reported, unless each run reads from the disk that it lasts', () => {
  const incidents: readonly IncidentReport[] = [
    { code: 'PURCHASE_LATE', subject: 'a', detail: 'late' },
    { code: 'PURCHASE_UNKNOWN', subject: 'b' },
    { code: 'STAMP_EXPIRED', subject: 'c' },
  ];
  expect(dueChanges(NODE, incidents)).toEqual([
    { change: 'incidentDue', node: NODE, incident: { code: 'PURCHASE_LATE', subject: 'a', detail: 'late' } },
    { change: 'incidentDue', node: NODE, incident: { code: 'STAMP_EXPIRED', subject: 'c', detail: '' } },
  ]);
  expect(reportedChanges(NODE, incidents)).toEqual([
    { change: 'incidentReported', node: NODE, incident: { code: 'PURCHASE_LATE', subject: 'a' } },
    { change: 'incidentReported', node: NODE, incident: { code: 'STAMP_EXPIRED', subject: 'c' } },
  ]);
});
