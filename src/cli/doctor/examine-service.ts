import { type Api, DENIED } from '../api/api.ts';
import { ApiError } from '../api/api-error.ts';
import type { Run } from '../api/fields.ts';
import { runMaintenance } from '../api/maintenance-run.ts';
import { type PoolStatus, readPoolStatus } from '../api/pool-status.ts';
import { EXIT } from '../exit-code.ts';
import { currentIncidents, distinctFindings, type Finding, findingsOfRuns } from '../findings.ts';
import { durationText } from '../text/times.ts';
import { examineExposure } from './examine-exposure.ts';
import { examineNode } from './examine-node.ts';
import { examineReadiness } from './examine-readiness.ts';
import { examineReplicas } from './examine-replicas.ts';
import { nodesSeenBy } from './nodes-of-service.ts';
import { fine, found, type Result } from './result.ts';

export interface ExaminedService {
  readonly results: readonly Result[];
  readonly reachable: boolean;
  /** The URLs of the nodes that the service uses. */
  readonly nodeUrls: readonly string[];
}

/** Asks the service for its status, and lets it observe its nodes with a dry run, which spends nothing. */
export async function examineService(
  api: Api,
  { xdaiFloor }: { readonly xdaiFloor: bigint },
): Promise<ExaminedService> {
  let status: PoolStatus;
  try {
    status = (await readPoolStatus(api)).data;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const reachable = error.exitCode !== EXIT.unreachable;
    return { results: [refused(error)], reachable, nodeUrls: [] };
  }
  const observed = status.enabled ? await observeNow(api) : { runs: [], results: [] };
  const nodes = nodesSeenBy(status, observed.runs);
  return {
    results: [
      fine('service', 'SERVICE', `A stamp pool answers at ${api.shown}.`),
      ...(await examineReadiness(api)),
      ...(await examineExposure(api)),
      ...observed.results,
      ...nodes.flatMap((node) => examineNode(node, { xdaiFloor })),
      ...examinePool(status, observed.runs),
    ],
    reachable: true,
    nodeUrls: status.nodes.map(({ publicUrl }) => publicUrl),
  };
}

const refused = ({ code, message, suggestion, exitCode }: ApiError): Result =>
  found('service', {
    severity: 'error',
    code: exitCode === EXIT.unreachable ? 'SERVICE_UNREACHABLE' : code,
    message,
    suggestion,
  });

interface ObservedNow {
  /** One per node; empty if there was no dry run. */
  readonly runs: readonly Run[];
  readonly results: readonly Result[];
}

async function observeNow(api: Api): Promise<ObservedNow> {
  try {
    return { runs: await runMaintenance(api, true), results: [] };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const severity = DENIED.has(error.code) ? 'info' : 'error';
    const message = `The nodes are not observed now; what follows is the last observation. ${error.message}`;
    return {
      runs: [],
      results: [found('service', { severity, code: error.code, message, suggestion: error.suggestion })],
    };
  }
}

/** Codes that examineNode reports with more details. */
const OF_NODES: ReadonlySet<string> = new Set([
  'NODE_UNREACHABLE',
  'NODE_SYNCING',
  'NODE_BEHIND',
  'OBSERVATION_OLD',
  'NODE_INVALID_RESPONSE',
  'NODE_CHANGED',
  'CHAIN_DISABLED',
  'PRICE_UNKNOWN',
  'WALLET_BZZ',
  'WALLET_XDAI',
]);

function examinePool(status: PoolStatus, observed: readonly Run[]): readonly Result[] {
  const { enabled, errors, lastRuns } = status;
  if (!enabled) return [found('pool', DISABLED)];
  const findings = distinctFindings([
    ...findingsOfRuns(observed.length > 0 ? observed : lastRuns),
    ...currentIncidents(errors, lastRuns),
  ]).filter(({ code }) => !OF_NODES.has(code));
  return [
    ...examineLevels(status),
    ...examineRuns(status),
    ...examineReplicas(status),
    ...findings.map((finding) => found('pool', finding)),
  ];
}

const DISABLED: Finding = {
  severity: 'warning',
  code: 'POOL_DISABLED',
  message: 'The pool is not enabled: it buys nothing, and gives nothing out.',
  suggestion: 'Set STAMP_POOL_ENABLED=true and restart the service.',
};

function examineLevels({ depths, totalAvailable }: PoolStatus): readonly Result[] {
  const short = depths.filter(({ low, target, available }) => low || available < target);
  if (short.length === 0)
    return [fine('pool', 'RESERVE', `Every target is met; ${totalAvailable} stamps are available.`)];
  return short.map(({ depth, available, target, onOrder }) =>
    found('pool', {
      severity: 'warning',
      code: 'RESERVE_LOW',
      message: `Depth ${depth} has ${available} of ${target} stamps, and ${onOrder} on order.`,
      suggestion:
        'Wait: a purchase takes one to three minutes. If it lasts, "stamp-pool plan" shows what holds it.',
    }),
  );
}

/** A run takes up to some 20 seconds while the node does not answer. */
const MAX_OVERDUE_MS = 5 * 60_000;

function examineRuns({ at, lastRunAt, nextRunAt }: PoolStatus): readonly Result[] {
  if (lastRunAt === null || nextRunAt === null) return [];
  const overdueMs = at.getTime() - nextRunAt.getTime();
  if (overdueMs <= MAX_OVERDUE_MS) return [];
  return [
    found('pool', {
      severity: 'error',
      code: 'RUN_OVERDUE',
      message: `The next maintenance run is overdue by ${durationText(overdueMs / 1000)}.`,
      suggestion: 'Read the log of the service, and restart it if it has no line about a run.',
    }),
  ];
}
