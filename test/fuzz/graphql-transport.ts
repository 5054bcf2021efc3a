import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { acquireDocument, authorizationHeader, GRAPHQL_PATH } from './graphql-post.ts';
import { mutateText } from './mutate-text.ts';

/** GraphQL by GET, forms, multipart, other media types and methods. None of them may acquire but a POST of JSON. */
export const graphqlTransport: Generator = { kind: 'graphql-transport', weight: 8, generate };

function generate(draw: Draw): Generated {
  const query = draw.chance(50) ? acquireDocument(draw.key) : '{ poolStatus { enabled } }';
  return draw.pick([byGet, byForm, byMultipart, byMediaType])(query, draw);
}

function byGet(query: string, draw: Draw): Generated {
  const parameters = new URLSearchParams({ query });
  if (draw.chance(50))
    parameters.append(
      draw.pick(['variables', 'extensions', 'operationName', 'query']),
      draw.chance(50) ? draw.text(40) : JSON.stringify(draw.json()),
    );
  if (draw.chance(10)) parameters.set('variables', '['.repeat(draw.between(20, 6000)));
  const search = draw.chance(70) ? parameters.toString() : asTarget(mutateText(parameters.toString(), draw));
  return {
    request: {
      by: 'http',
      method: draw.pick(['GET', 'GET', 'GET', 'HEAD', 'DELETE', 'PUT', 'OPTIONS']),
      path: `${GRAPHQL_PATH}?${search}`,
      headers: { accept: draw.pick(ACCEPTS), ...authorizationHeader(draw) },
      body: null,
    },
  };
}

/** Only characters that a request target may have. */
const asTarget = (text: string): string => text.replaceAll(/[^\x21-\x7e]|#/g, '%ff');

const ACCEPTS = [
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'text/html',
  'text/event-stream-x',
  'multipart/mixed',
  'application/xml',
  '',
  'a/b;q=x',
];

const byForm = (query: string, draw: Draw): Generated =>
  post(new URLSearchParams({ query }).toString(), 'application/x-www-form-urlencoded', draw);

/** The GraphQL multipart request specification, and broken forms of it. */
function byMultipart(query: string, draw: Draw): Generated {
  const boundary = draw.pick(['x', '', 'a b', '-'.repeat(100)]);
  const part = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = `${part('operations', JSON.stringify({ query }))}${part('map', JSON.stringify(draw.json()))}--${boundary}--\r\n`;
  const contentType = `multipart/form-data${draw.pick([`; boundary=${boundary}`, '', '; boundary'])}`;
  return post(draw.chance(50) ? body : mutateText(body, draw), contentType, draw);
}

const byMediaType = (query: string, draw: Draw): Generated =>
  post(draw.chance(50) ? query : JSON.stringify({ query }), draw.pick(MEDIA_TYPES), draw);

const MEDIA_TYPES = [
  'application/graphql',
  'text/plain',
  'application/json; charset=utf-16',
  'application/json; charset=latin1',
  'application/jsonx',
  'text/json',
  'application/graphql+json',
  '/',
  'json',
];

const post = (body: string, contentType: string, draw: Draw): Generated => ({
  request: {
    by: 'http',
    method: 'POST',
    path: GRAPHQL_PATH,
    headers: { 'content-type': contentType, ...authorizationHeader(draw) },
    body,
  },
});
