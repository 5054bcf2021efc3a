import { PaymentRateLimitError, ProvenanceClient } from '@datafund/swarm-provenance';
import { expect, test } from 'vitest';
import { openAccess } from '../../src/access/access.ts';
import { depth } from '../../src/domain/units.ts';
import { contract2026April } from '../../src/rest/contract-2026-04.ts';
import { aStamp, batchId, T0 } from '../builders.ts';
import { restServer } from '../rest/rest-server.ts';
import { accessParts } from './credentials.ts';

test('the npm package @datafund/swarm-provenance uses the anonymous tier, and gets a 429 as its error', async () => {
  const anonymousTier = { depths: new Set([depth(17)]), dailyStamps: 2, dailyStampsPerAddress: null };
  await using server = await restServer({
    contract: contract2026April,
    stamps: [1, 2, 3].map((n) => aStamp({ n, ttlHours: 100 + n })),
    authenticate: async (tokens) => {
      await tokens.requireTokens(T0);
      return (await openAccess(accessParts(tokens, { anonymousTier }))).authenticate;
    },
  });
  const client = new ProvenanceClient({ gatewayUrl: server.url });
  expect(await client.poolStatus()).toMatchObject({ enabled: true, totalStamps: 3 });
  const ofSmall = { depth: 17, sizeName: 'small', fallbackUsed: false };
  expect(await client.acquireStamp()).toEqual({ ...ofSmall, batchId: batchId(1) });
  expect(await client.acquireStamp()).toEqual({ ...ofSmall, batchId: batchId(2) });
  const refusal = await client.acquireStamp().catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(PaymentRateLimitError);
  expect(refusal).toMatchObject({ retryAfterSeconds: 12 * 3600, requestsLimit: 2, requestsRemaining: 0 });
});
