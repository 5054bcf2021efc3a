// Makes dist/service from src/: npm run build:service. Then "node dist/service/main.js" starts the service.
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleService } from './bundle-service.ts';

const target = join(import.meta.dirname, '../dist/service');
// Beside the target, and renamed at the end: a service that starts meanwhile sees a whole build.
const directory = `${target}.${process.pid}`;
await bundleService(directory);
await rm(target, { recursive: true, force: true });
await rename(directory, target);
