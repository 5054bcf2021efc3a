// This folder serves the page for operators. Its program is in dashboard/; "npm run build:dashboard" makes the files that are served.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendHashed, sendPage, staticAsset } from '../static-asset.ts';
import { type BuiltDashboard, type FirstData, isBuilt, loadDashboard } from './built-dashboard.ts';

export interface DashboardParts {
  /** The directory with the built files. */
  readonly directory: string;
  /** Runs the query of the page for a request that has no token: a browser sends none when it opens a page. */
  readonly readFirst: (request: FastifyRequest, query: string) => Promise<FirstData>;
  readonly warn: (message: string) => void;
}

export type SendDashboard = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Returns a function that answers a browser with the page, or null if the page is not built. Its files are read and compressed at the first request. */
export async function mountDashboard(
  app: FastifyInstance,
  { directory, readFirst, warn }: DashboardParts,
): Promise<SendDashboard | null> {
  if (!isBuilt(directory)) {
    warn('the dashboard is not built, so / answers browsers with JSON: run "npm run build:dashboard"');
    return null;
  }
  let loading: Promise<BuiltDashboard> | undefined;
  const built = async (): Promise<BuiltDashboard> => {
    loading ??= loadDashboard(directory);
    try {
      return await loading;
    } catch (error) {
      loading = undefined; // the files may be of a build that is under way
      throw error;
    }
  };
  app.get<{ Params: { name: string } }>(DASHBOARD_ASSETS, async (request, reply) => {
    const asset = (await built()).assets.get(request.params.name);
    return asset ? sendHashed(asset, request, reply) : reply.code(404).send({ detail: 'Not Found' });
  });
  return async (request, reply) => {
    const dashboard = await built();
    const page = dashboard.pageWith(await readFirst(request, dashboard.query));
    // It has data of the moment, and with it ids of batches.
    reply.header('Cache-Control', 'no-store');
    return sendPage(await staticAsset(page, 'text/html'), request, reply);
  };
}

/** The names of the files have a hash of their content. */
export const DASHBOARD_ASSETS = '/dashboard/:name';

/** True for a browser that opens a page, and false for a program that accepts everything. */
export const prefersPage = (request: FastifyRequest): boolean =>
  request.accepts().type(['json', 'html']) === 'html';
