import { isHoldCode } from '../../domain/action.ts';
import type { NodeReport } from '../../domain/node-report.ts';
import { nodeName, parseEthereumAddress, parsePlur, parseWei, required } from '../../domain/units.ts';
import { parseRow } from './parse-row.ts';

/** What was last known of a node, as both databases have it. */
export type LastKnownRow = {
  readonly node: string;
  readonly runEndedAt: number;
  readonly reachable: number;
  readonly fresh: number;
  readonly holds: string;
  readonly observedAt: number | null;
  readonly address: string | null;
  readonly lagBlocks: number | null;
  readonly price: string | null;
  readonly walletBzz: string | null;
  readonly walletXdai: string | null;
  readonly fullReserve: string | null;
  readonly nextReplenishment: string | null;
  readonly lastDay: string | null;
  readonly dailyLimit: string | null;
  readonly drained: number;
  readonly blockedBy: string | null;
  readonly canaryFailed: number;
  readonly settings: string;
};

/** @throws TypeError with the row, if it cannot be parsed. */
export const lastKnownFromRow = (row: LastKnownRow): NodeReport =>
  parseRow('last known values of a node', row, knownOf);

const knownOf = (row: LastKnownRow): NodeReport => ({
  node: nodeName(row.node),
  runEndedAt: new Date(row.runEndedAt),
  reachable: row.reachable === 1,
  fresh: row.fresh === 1,
  holds: new Set(row.holds.split(' ').filter(isHoldCode)), // another version may hold for other reasons
  observed: observedOf(row),
  spending:
    row.fullReserve === null
      ? null
      : {
          fullReserve: parsePlur(row.fullReserve),
          nextReplenishment: parsePlur(required(row.nextReplenishment, 'nextReplenishment')),
          lastDay: parsePlur(required(row.lastDay, 'lastDay')),
          dailyLimit: parsePlur(required(row.dailyLimit, 'dailyLimit')),
        },
  drained: row.drained === 1,
  blockedBy: row.blockedBy === null || isHoldCode(row.blockedBy) ? row.blockedBy : 'BUSY', // a code of another version
  canaryFailed: row.canaryFailed === 1,
  settings: row.settings,
});

function observedOf(row: LastKnownRow): NodeReport['observed'] {
  if (row.observedAt === null) return null;
  return {
    at: new Date(row.observedAt),
    address: parseEthereumAddress(required(row.address, 'address')),
    lagBlocks: required(row.lagBlocks, 'lagBlocks'),
    price: row.price === null ? null : parsePlur(row.price),
    wallet:
      row.walletBzz === null
        ? null
        : { bzz: parsePlur(row.walletBzz), xdai: parseWei(required(row.walletXdai, 'walletXdai')) },
  };
}

export const rowFromLastKnown = ({
  node,
  runEndedAt,
  reachable,
  fresh,
  holds,
  observed,
  spending,
  ...report
}: NodeReport): LastKnownRow => ({
  node,
  runEndedAt: runEndedAt.getTime(),
  reachable: Number(reachable),
  fresh: Number(fresh),
  holds: [...holds].join(' '),
  observedAt: observed?.at.getTime() ?? null,
  address: observed?.address ?? null,
  lagBlocks: observed?.lagBlocks ?? null,
  price: observed?.price?.toString() ?? null,
  walletBzz: observed?.wallet?.bzz.toString() ?? null,
  walletXdai: observed?.wallet?.xdai.toString() ?? null,
  fullReserve: spending?.fullReserve.toString() ?? null,
  nextReplenishment: spending?.nextReplenishment.toString() ?? null,
  lastDay: spending?.lastDay.toString() ?? null,
  dailyLimit: spending?.dailyLimit.toString() ?? null,
  drained: Number(report.drained),
  blockedBy: report.blockedBy,
  canaryFailed: Number(report.canaryFailed),
  settings: report.settings,
});
