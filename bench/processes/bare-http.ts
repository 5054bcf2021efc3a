// The floor of HTTP: node:http that parses a JSON body and sends it back.
import { createServer } from 'node:http';
import { serveForBench } from './serve-for-bench.ts';

serveForBench(
  createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    request.on('end', () => {
      const body = JSON.stringify(JSON.parse(text));
      response.setHeader('content-type', 'application/json');
      response.setHeader('content-length', Buffer.byteLength(body));
      response.end(body);
    });
  }),
);
