// Loaded before the service by "npm start" and "npm run demo": builds the dashboard if its sources have changed since the last build.
import { spawnSync } from 'node:child_process';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import { isOutdated } from './dashboard-sources.ts';

// A failed build prints its reason. The service starts without the dashboard then, and logs that.
if (isOutdated() && isInstalled('vite'))
  spawnSync(process.execPath, [join(import.meta.dirname, 'build-dashboard.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });

function isInstalled(name: string): boolean {
  try {
    return findPackageJSON(name, import.meta.url) !== undefined;
  } catch {
    return false;
  }
}
