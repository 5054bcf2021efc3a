import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { INCIDENTS } from '../../src/domain/incident.ts';
import { startTestApp } from '../harness.ts';
import { hasPromtool, promtool, promtoolOn } from './promtool.ts';
import { MONITORING, metricsIn, RULES, RULES_FILE } from './rules.ts';

const TESTS_FILE = join(MONITORING, 'rules.test.yml');

const testsSchema = z.object({
  tests: z.array(
    z.object({
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});

const targetSchema = z.object({ expr: z.string(), legendFormat: z.string(), refId: z.string() });
const panelSchema = z.object({
  id: z.int(),
  type: z.string(),
  title: z.string(),
  gridPos: z.object({ h: z.int(), w: z.int(), x: z.int(), y: z.int() }),
});
const dataPanelSchema = panelSchema.extend({
  description: z.string().min(20),
  datasource: z.object({ type: z.literal('prometheus'), uid: z.literal('${datasource}') }),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().min(1) }) }),
  targets: z.array(targetSchema).min(1),
});
const dashboardSchema = z.object({
  schemaVersion: z.int().min(42),
  uid: z.string(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(z.union([panelSchema.extend({ type: z.literal('row') }), dataPanelSchema])),
});
const dashboard = dashboardSchema.parse(JSON.parse(readFileSync(join(MONITORING, 'grafana.json'), 'utf8')));
const queries = dashboard.panels
  .flatMap((panel) => ('targets' in panel ? panel.targets : []))
  .map(({ expr }) => expr);

/** As Grafana fills in the variables. */
const filled = (expr: string): string =>
  expr.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.*');

describe('the dashboard', () => {
  test('has a variable for the data source, and one for the instance that every query uses', () => {
    expect(dashboard.templating.list.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      'datasource: datasource',
      'instance: query',
    ]);
    expect(queries.filter((expr) => !expr.includes('instance=~"$instance"'))).toEqual([]);
  });

  test('has panels with ids of their own that do not overlap', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { h, w, x, y } }) =>
      Array.from({ length: h * w }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });

  test.runIf(hasPromtool)('has valid queries', () => {
    const rules = queries.map((expr, n) => ({ record: `query_${n}`, expr: filled(expr) }));
    const { status, text } = promtoolOn(
      ['check', 'rules'],
      stringify({ groups: [{ name: 'queries', rules }] }),
    );
    expect({ status, text: status === 0 ? '' : text }).toEqual({ status: 0, text: '' });
  });
});

test('rules and dashboard use only metrics that the service serves, and every alert has a runbook', async () => {
  await using app = await startTestApp();
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const served = new Set([...text.matchAll(/^# HELP (\w+)/gm)].map(([, name = '']) => name));
  const used = [...RULES.map(({ expr }) => expr), ...queries].flatMap(metricsIn);
  expect(used.filter((name) => !served.has(name))).toEqual([]);
  const own = [...queries.join(' ').matchAll(/\b(?:nodejs|process)_\w+/g)].map(([name]) => name);
  expect(own.filter((name) => !served.has(name))).toEqual([]);
  if (!hasPromtool) return;
  const lint = promtool(['check', 'metrics'], text).text;
  expect(lint.split('\n').filter((line) => /stamp_pool|gateway/.test(line))).toEqual([]);
});

/** Alerts that follow from a gauge instead of a count of incidents. */
const BY_GAUGE: Readonly<Record<string, string>> = {
  NODE_UNREACHABLE: 'StampPoolNodeNotFresh',
  NODE_INVALID_RESPONSE: 'StampPoolNodeNotFresh',
  NODE_AWAY: 'StampPoolNodeNotFresh',
  NODE_CHANGED: 'StampPoolNodeChanged',
  CANARY_FAILED: 'StampPoolCanaryFailing',
  WEBHOOKS_NOT_DELIVERED: 'StampPoolWebhooksWaiting',
};

test('every incident that needs an operator now has an alert', () => {
  const words = new Set(RULES.flatMap(({ expr }) => expr.match(/\w+/g) ?? []));
  const alerts = new Set(RULES.map(({ alert }) => alert));
  const errors = Object.entries(INCIDENTS).flatMap(([code, { severity }]) =>
    severity === 'error' ? [code] : [],
  );
  const silent = errors.filter((code) => {
    const isNamed = words.has(code) || words.has(code.toLowerCase()); // the holds are named like incidents
    return !isNamed && !alerts.has(BY_GAUGE[code] ?? '');
  });
  expect(silent).toEqual([]);
});

describe.runIf(hasPromtool)('promtool', () => {
  test('accepts the rules, and their tests pass', () => {
    expect(promtool(['check', 'rules', RULES_FILE]).text).toMatch(/SUCCESS: \d+ rules found/);
    const { status, text } = promtool(['test', 'rules', TESTS_FILE]);
    expect({ status, text: status === 0 ? '' : text }).toEqual({ status: 0, text: '' });
  });

  test('tests of each alert that it is quiet, that it fires, and its all-clear', () => {
    const { tests } = testsSchema.parse(parse(readFileSync(TESTS_FILE, 'utf8')));
    const courses = new Map<string, string>();
    for (const { alertname, exp_alerts } of tests.flatMap(({ alert_rule_test }) => alert_rule_test))
      courses.set(alertname, (courses.get(alertname) ?? '') + (exp_alerts.length > 0 ? 'F' : 'q'));
    const untested = RULES.map(({ alert }) => alert).filter(
      (alert) => !/qF+q/.test(courses.get(alert) ?? ''),
    );
    expect(untested).toEqual([]);
  });
});
