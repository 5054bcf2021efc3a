import type { ApiDocument, ApiOperation } from './document.ts';
import { type Html, html } from './html.ts';
import { exampleOf, paragraph, schemaTable, typeOf } from './schema-table.ts';

/** The OpenAPI document as a page without scripts. Its one stylesheet is at `stylesheet`, the document at `openApiPath`. */
export function docsPage(document: ApiDocument, links: Links): string {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const schemas = Object.entries(components.schemas).toSorted(([a], [b]) => a.localeCompare(b));
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title}: REST API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${links.stylesheet}">
</head>
<body>
<a class="skip" href="#main">Skip to the operations</a>
<header><h1>${info.title}</h1>
<p>REST API, contract ${info.version} · <a href="${links.openApi}">OpenAPI 3.1 document</a></p></header>
<nav aria-label="Contents">
<h2>Operations</h2>
<ul>${operations.map(({ method, path, operation }) => html`<li><a href="#${operation.operationId}">${methodTag(method)} ${shortened(path)}</a></li>`)}</ul>
<h2>Schemas</h2>
<ul>${schemas.map(([name]) => html`<li><a href="#${name}">${name}</a></li>`)}</ul>
</nav>
<main id="main">
<section aria-label="Introduction">${info.description.split('\n\n').map((text) => html`${paragraph(text)}`)}
<p>The commands below use two variables:</p>
<pre tabindex="0"><code>URL=http://127.0.0.1:8000   # where the service is reached
TOKEN=…                     # only if the operator has created tokens</code></pre></section>
${operations.map((each) => operationSection(each, document))}
<h2>Schemas</h2>
${schemas.map(
  ([name, schema]) => html`<section class="schema" aria-labelledby="${name}"><h3 id="${name}">${name}</h3>
${paragraph(schema.description)}${schemaTable(schema)}</section>`,
)}
</main>
</body>
</html>
`.text;
}

export interface Links {
  readonly stylesheet: string;
  readonly openApi: string;
}

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly operation: ApiOperation;
}

function operationSection({ method, path, operation }: Listed, document: ApiDocument): Html {
  const { operationId, summary, description, parameters, requestBody, responses } = operation;
  const body = requestBody?.content['application/json'].schema;
  return html`<section class="operation" aria-labelledby="${operationId}">
<h2 id="${operationId}">${summary}</h2>
<p class="route">${methodTag(method)} <code>${path}</code></p>
${paragraph(description)}
<p class="scopes">${scopesOf(operation)}</p>
<pre tabindex="0"><code>${curlCommand({ method, path, operation }, document)}</code></pre>
${parameters.map(
  ({ name, description: meaning, schema }) =>
    html`<h3>Header <code>${name}</code></h3><p>${typeOf(schema)}, optional</p>${paragraph(meaning)}`,
)}
${body ? html`<h3>Body</h3><p>${typeOf(body)}</p>` : null}
<h3>Responses</h3>
${Object.entries(responses).map(
  ([status, response]) => html`<details${isSuccess(status) ? html` open` : null}>
<summary><b class="status s${status.slice(0, 1)}">${status}</b> ${response.description}</summary>
<p>${typeOf(response.content['application/json'].schema)}</p>
${Object.entries(response.headers).map(
  ([name, header]) => html`<p><code>${name}</code>: ${header.description}</p>`,
)}
${example(exampleOf(response.content['application/json'].schema, document))}
</details>`,
)}
</section>`;
}

const isSuccess = (status: string): boolean => status.startsWith('2');

const methodTag = (method: string): Html => html`<b class="method ${method.toLowerCase()}">${method}</b>`;

/** Without the prefix that all paths share. */
const shortened = (path: string): string => path.replace(/^\/api\/v\d+/, '');

const example = (value: unknown): Html | null =>
  value === undefined ? null : html`<pre tabindex="0"><code>${JSON.stringify(value, null, 2)}</code></pre>`;

/** Alternatives; an empty one is the anonymous tier. */
function scopesOf({ security }: ApiOperation): Html {
  const scopes = security.flatMap((alternative) => Object.values(alternative).flat());
  const anonymous = security.some((alternative) => Object.keys(alternative).length === 0);
  return html`Scope ${scopes.map((scope, at) => html`${at === 0 ? null : ' or '}<code>${scope}</code>`)}${anonymous ? ', or none in the anonymous tier' : ''}.`;
}

function curlCommand({ method, path, operation }: Listed, document: ApiDocument): string {
  const body = operation.requestBody?.content['application/json'].schema;
  return [
    `curl ${method === 'GET' ? '' : `-X ${method} `}"$URL${path}" -H "Authorization: Bearer $TOKEN"`,
    ...operation.parameters.map(({ name }) => `-H '${name}: a-key-of-yours'`),
    ...(body
      ? [`-H 'Content-Type: application/json' -d '${JSON.stringify(exampleOf(body, document))}'`]
      : []),
  ].join(' \\\n  ');
}
