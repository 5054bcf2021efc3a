import { expect, test } from 'vitest';
import type { NodeReport } from '../../src/domain/node-report.ts';
import { depth, type NodeName } from '../../src/domain/units.ts';
import { compareSettings } from '../../src/replicas/compare-settings.ts';
import type { IncidentReport } from '../../src/signals/incidents.ts';
import { settingsDigest } from '../../src/wiring/settings-digest.ts';
import { aNodeReport } from '../a-node-report.ts';
import { NODE } from '../builders.ts';
import { aPolicy } from '../virtual/world.ts';

const targets = (...counts: readonly (readonly [number, number])[]) =>
  new Map(counts.map(([of, count]) => [depth(of), count]));

const report = (settings: string): NodeReport => aNodeReport({ observed: null, settings });

const OWN = settingsDigest(aPolicy({ targets: targets([17, 1], [20, 2]) }));

test.for([
  {
    what: 'other targets',
    other: settingsDigest(aPolicy({ targets: targets([17, 1], [20, 3]) })),
    reported: 1,
  },
  {
    what: 'the same targets, in another order',
    other: settingsDigest(aPolicy({ targets: targets([20, 2], [17, 1]) })),
    reported: 0,
  },
  { what: 'what an earlier version did not record', other: '', reported: 0 },
])('a process that decides by $what is reported: $reported times', async ({ other, reported }) => {
  const incidents: IncidentReport[] = [];
  const notified: NodeName[] = [];
  await compareSettings(NODE, {
    lastKnown: { read: async () => report(other) },
    settings: OWN,
    incidents: { remind: (incident) => void incidents.push(incident) },
    replicas: { reportSettings: async (node) => void notified.push(node) },
  });
  expect(incidents.map(({ code }) => code)).toEqual(
    Array.from({ length: reported }, () => 'SETTINGS_DIFFER'),
  );
  expect(notified).toHaveLength(reported);
});
