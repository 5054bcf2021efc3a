import { z } from 'zod';
import { readJson } from '../api/bounded-json.ts';
import type { ServiceAddress } from '../api/service-address.ts';
import { fine, found, type Result } from './result.ts';

const TIMEOUT_MS = 10_000;

/** Whether the service says that it is ready: it tests a write to its database. A proxy need not pass this path on. */
export async function examineReadiness({ url }: Pick<ServiceAddress, 'url'>): Promise<readonly Result[]> {
  const checks = await readChecks(url);
  if (checks === null) return [];
  const failed = checks.filter(({ ok }) => !ok);
  if (failed.length === 0) return [fine('service', 'READY', 'It is ready, and its database accepts writes.')];
  return failed.map(({ why }) =>
    found('service', {
      severity: 'error',
      code: 'NOT_READY',
      message: `The service is not ready: ${why}`,
      suggestion: 'Read the log of the service, and free the disk of its database if it is full.',
    }),
  );
}

const schema = z.object({ checks: z.array(z.object({ ok: z.boolean(), why: z.string() })) });

/** null if there is no such answer. */
async function readChecks(url: URL): Promise<z.infer<typeof schema>['checks'] | null> {
  try {
    const response = await fetch(new URL('readyz', url), {
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return schema.safeParse(await readJson(response)).data?.checks ?? null;
  } catch {
    return null; // what is not reachable is reported by the other requests
  }
}
