import { expect, it } from 'vitest';
import { crashCampaign, KILLS } from './campaign.ts';

it('loses, doubles and forgets nothing when it is killed at every kind of moment', async () => {
  const { findings, kills, acquisitions } = await crashCampaign({ kills: KILLS.length, seed: 7 });
  expect(findings).toEqual([]);
  expect(Object.values(kills)).toEqual(KILLS.map(() => 1));
  expect(acquisitions).toBeGreaterThan(0);
}, 60_000);
