import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { SETTING_NAMES } from '../src/config/settings.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const known = new Set<string>(SETTING_NAMES);

describe('the image', () => {
  const dockerfile = read('Dockerfile');

  test('has settings that exist, and an unprivileged user', () => {
    const [, pairs = ''] = /^ENV (.+)$/m.exec(dockerfile) ?? [];
    const names = pairs.split(' ').map((pair) => pair.split('=')[0] ?? '');
    expect(names.filter((name) => !known.has(name))).toEqual(['PATH', 'SQLITE_TMPDIR']);
    expect(dockerfile).toMatch(/^USER \d+:\d+$/m);
  });

  test('is built from the files that .dockerignore lets through, also by the script that needs no Docker', () => {
    const allowed = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path = '']) => path);
    expect(allowed.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    const [, archived = ''] = /git archive HEAD (.+?) \|/.exec(read('scripts/test-image.sh')) ?? [];
    expect(archived.split(' ').toSorted()).toEqual(allowed.toSorted());
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, paths = '']) =>
      paths.split(' '),
    );
    const isAllowed = (path: string): boolean =>
      path === '.' || allowed.some((one) => path === one || path.startsWith(`${one}/`));
    expect(copied.filter((path) => !isAllowed(path))).toEqual([]);
  });
});

test('the compose file has settings that exist, and a read-only root', () => {
  const services = z
    .object({
      services: z.object({
        'stamp-pool': z.object({ environment: z.record(z.string(), z.string()), read_only: z.boolean() }),
      }),
    })
    .parse(parse(read('compose.yaml'))).services;
  const { environment, read_only: readOnly } = services['stamp-pool'];
  expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
  expect(readOnly).toBe(true);
});

describe('the Kubernetes manifests', () => {
  const FOLDER = 'deploy/kubernetes';

  test('are all applied', () => {
    const { resources } = z
      .object({ resources: z.array(z.string()) })
      .parse(parse(read(`${FOLDER}/kustomization.yaml`)));
    const files = readdirSync(join(ROOT, FOLDER)).filter((file) => file !== 'kustomization.yaml');
    expect(resources.toSorted()).toEqual(files.toSorted());
  });

  test('have settings that exist', () => {
    const { data } = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(parse(read(`${FOLDER}/config-map.yaml`)));
    expect(Object.keys(data).filter((name) => !known.has(name))).toEqual([]);
  });

  test('have one replica without privileges, with a read-only root, one volume and the probes of the service', () => {
    const probe = (path: string) => expect.objectContaining({ httpGet: { path, port: 'http' } });
    expect(parse(read(`${FOLDER}/deployment.yaml`))).toMatchObject({
      spec: {
        replicas: 1,
        strategy: { type: 'Recreate' },
        template: {
          spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
            containers: [
              {
                livenessProbe: probe('/livez'),
                readinessProbe: probe('/readyz'),
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ['ALL'] },
                },
                volumeMounts: [{ name: 'data', mountPath: '/data' }],
              },
            ],
            volumes: [{ name: 'data' }],
          },
        },
      },
    });
  });
});

test('the pod of the documents that creates a token gets no variables of the Service, as the deployment', () => {
  const [, overrides = ''] = /kubectl run token .*--overrides='(.+)'/.exec(read('docs/containers.md')) ?? [];
  expect(JSON.parse(overrides)).toMatchObject({ spec: { enableServiceLinks: false } });
});

const ANALYZE = '/usr/bin/systemd-analyze';
if (!existsSync(ANALYZE)) process.stdout.write(`skipped: there is no ${ANALYZE}\n`);
test.runIf(existsSync(ANALYZE))('systemd rates the exposure of the unit below 2', () => {
  const report = execFileSync(ANALYZE, [
    'security',
    '--offline=true',
    '--no-pager',
    join(ROOT, 'deploy/stamp-pool.service'),
  ]);
  const [, exposure = ''] =
    /Overall exposure level for stamp-pool.service: ([\d.]+)/.exec(String(report)) ?? [];
  expect(Number(exposure)).toBeGreaterThan(0);
  expect(Number(exposure)).toBeLessThan(2);
});
