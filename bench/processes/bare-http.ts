// The floor of HTTP.
import { createServer } from 'node:http';
import { echo } from './echo.ts';
import { serveForBench } from './serve-for-bench.ts';

serveForBench(createServer(echo));
