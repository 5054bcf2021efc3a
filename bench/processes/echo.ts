import type { RequestListener } from 'node:http';

/** Parses a JSON body and sends it back: the least that a JSON API does with node:http. */
export const echo: RequestListener = (request, response) => {
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
};
