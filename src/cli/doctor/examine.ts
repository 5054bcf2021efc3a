import type { Config } from '../../config/config.ts';
import type { Environment } from '../../config/environment.ts';
import { SETTINGS } from '../../config/settings.ts';
import type { NodeRecord } from '../../domain/node.ts';
import { type NodeName, xdaiToWei } from '../../domain/units.ts';
import type { Api } from '../api/api.ts';
import { examineService } from './examine-service.ts';
import { examineSettings } from './examine-settings.ts';
import { examineStore } from './examine-store.ts';
import { examineStreams } from './examine-streams.ts';
import { examineConfiguredNode } from './observe-node.ts';
import { AREAS, found, type Result } from './result.ts';

export interface Examined {
  readonly results: readonly Result[];
  readonly reachable: boolean;
}

/** Examines everything that is here or that the service shows. The results are in the order of the report. */
export async function examine(
  api: Api,
  { environment, now }: { readonly environment: () => Environment; readonly now: Date },
): Promise<Examined> {
  const settings = examineSettings(environment);
  const { config } = settings;
  const xdaiFloor = config?.policy.walletFloorXdai ?? DEFAULT_XDAI_FLOOR;
  const service = await examineService(api, { xdaiFloor });
  const store = config === null ? null : await examineStore(config.database, now);
  const results = [
    ...settings.results,
    ...(store?.results ?? []),
    ...(config === null ? [] : unnamedNodes(config, store?.stocked ?? [])),
    ...(config === null ? [] : await examineNodes(config, service.nodeUrls, store?.nodes ?? [])),
    ...service.results,
    ...(service.reachable ? await examineStreams(api) : []),
  ];
  return {
    reachable: service.reachable,
    results: results.toSorted((a, b) => AREAS.indexOf(a.area) - AREAS.indexOf(b.area)),
  };
}

/** Those that the service does not use: it has observed its own. One after the other, so that the results are in order. */
async function examineNodes(
  { nodes, policy }: Config,
  usedUrls: readonly string[],
  records: readonly NodeRecord[],
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (const node of nodes)
    if (!usedUrls.includes(node.publicUrl))
      results.push(...(await examineConfiguredNode(node, { policy, records })));
  return results;
}

/** Nodes with stock that the settings do not name: the service would not start. */
const unnamedNodes = ({ enabled, nodes }: Config, stocked: readonly NodeName[]): readonly Result[] =>
  stocked
    .filter((node) => enabled && !nodes.some(({ name }) => name === node))
    .map((node) =>
      found('store', {
        severity: 'error',
        code: 'NODE_NOT_NAMED',
        message: `The database has stock of the node ${node}, which SWARM_BEE_API_URL does not name: the service does not start.`,
        suggestion: `Name the node again, or, if it is gone for good, retire its stock: stamp-pool node retire ${node}`,
      }),
    );

const DEFAULT_XDAI_FLOOR = xdaiToWei(SETTINGS.walletFloorXdai.default) ?? 0n;
