import { z } from 'zod';
import { type HoldCode, isHoldCode } from '../domain/action.ts';
import { type IncidentCode, isIncidentCode } from '../domain/incident.ts';
import { PURPOSES } from '../domain/order.ts';
import { depth, nodeName, parseBatchId, parseEthereumAddress, parsePlur, parseWei } from '../domain/units.ts';
import type { RunReport } from './replica-store.ts';

/** A report as text, for a column. */
export const reportToJson = (report: RunReport): string =>
  JSON.stringify(report, (_key, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/** null if the text is of a version with other reports: then the report counts as absent until the next one. */
export function reportFromJson(text: string): RunReport | null {
  try {
    return runReport.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

const time = z.iso.datetime().transform((text) => new Date(text));
const plur = z.string().transform(parsePlur);
const batchId = z.string().transform(parseBatchId);
const address = z.string().transform(parseEthereumAddress);
const depthNumber = z.number().transform(depth);
const reason = z.string();
const holdCode = z.custom<HoldCode>((value) => typeof value === 'string' && isHoldCode(value));
const incidentCode = z.custom<IncidentCode>((value) => typeof value === 'string' && isIncidentCode(value));

const balance = z.object({
  amount: plur,
  value: plur.nullable(),
  listedValue: plur.nullable(),
  expiresAt: time,
});

const action = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('buy'),
    purpose: z.enum(PURPOSES),
    depth: depthNumber,
    amount: plur,
    cost: plur,
    reason,
  }),
  z.object({
    do: z.literal('topUp'),
    batchId,
    depth: depthNumber,
    amount: plur,
    cost: plur,
    before: balance,
    reason,
  }),
  z.object({ do: z.literal('expire'), batchId, depth: depthNumber, reason }),
  z.object({ do: z.literal('adopt'), batchId, depth: depthNumber, reason }),
  z.object({
    do: z.literal('hold'),
    code: holdCode,
    depth: depthNumber.nullable(),
    cost: plur.nullable(),
    reason,
  }),
]);

const node = z.object({
  name: z.string().transform(nodeName),
  observedAt: time,
  address: address.nullable(),
  seenAddress: address.nullable(),
  reachable: z.boolean(),
  fresh: z.boolean(),
  staleReason: z.string().nullable(),
  drained: z.boolean(),
  version: z.string().nullable(),
  block: z.number().nullable(),
  lagBlocks: z.number().nullable(),
  price: plur.nullable(),
  wallet: z.object({ bzz: plur, xdai: z.string().transform(parseWei) }).nullable(),
  canary: z.object({ batchId, usable: z.boolean(), expiresAt: time.nullable() }).nullable(),
});

const spending = z.object({ fullReserve: plur, nextReplenishment: plur, lastDay: plur, dailyLimit: plur });

const run = z.object({
  startedAt: time,
  endedAt: time,
  dryRun: z.boolean(),
  node,
  actions: z.array(action),
  purchasesSent: z.number(),
  topUpsSent: z.number(),
  adoptedOrRecovered: z.number(),
  errors: z.array(z.string()),
  spending: spending.nullable(),
  nextAt: time,
});

const incident = z.object({
  code: incidentCode,
  subject: z.string(),
  message: z.string(),
  firstAt: time,
  lastAt: time,
  count: z.number(),
});

const canary = z.object({ ok: z.boolean().nullable(), checkedAt: time.nullable(), message: z.string() });

const runReport: z.ZodType<RunReport> = z.object({
  run,
  incidents: z.array(incident),
  canary: canary.nullable(),
});
