// Makes dist/service from src/: npm run build:service. Then "node dist/service/main.js" starts the service.
import { join } from 'node:path';
import { bundleService } from './bundle-service.ts';
import { replaceDirectory } from './replace-directory.ts';

await replaceDirectory(join(import.meta.dirname, '../dist/service'), bundleService);
