import type { ApiDocument, ApiSchema } from './document.ts';
import { type Html, html } from './html.ts';

/** The keys of an object with their types; null for a schema without keys. */
export function schemaTable({ properties, required = [] }: ApiSchema): Html | null {
  if (!properties) return null;
  const rows = Object.entries(properties).map(
    ([name, schema]) => html`<tr>
  <th scope="row"><code>${name}</code>${required.includes(name) ? null : html` <small>optional</small>`}</th>
  <td>${typeOf(schema)}</td>
  <td>${paragraph(schema.description)}${schemaTable(schema)}</td>
</tr>`,
  );
  return html`<div class="scroll" tabindex="0"><table>
<thead><tr><th scope="col">Key</th><th scope="col">Type</th><th scope="col">Meaning</th></tr></thead>
<tbody>${rows}</tbody>
</table></div>`;
}

/** A type as text, with a link if it is named. */
export function typeOf(schema: ApiSchema): Html {
  const { $ref, anyOf, items, additionalProperties } = schema;
  if ($ref !== undefined) return html`<a href="#${nameOf($ref)}">${nameOf($ref)}</a>`;
  if (anyOf) return joined(anyOf.map(typeOf), ' or ');
  if (schema.enum) return joined(schema.enum.map(literal), ' or ');
  if (schema.const !== undefined) return literal(schema.const);
  if (items) return html`list of ${typeOf(items)}`;
  if (additionalProperties) return html`map of ${typeOf(additionalProperties)}`;
  const type = [schema.type ?? 'any value'].flat().join(' or ');
  return html`${type}${rangeOf(schema)}`;
}

/** The first example of a schema; undefined if it has none. A list has the example of its items. */
export function exampleOf(schema: ApiSchema, document: ApiDocument): unknown {
  if (schema.items) return [exampleOf(schema.items, document)];
  const { examples } = schema.$ref ? (document.components.schemas[nameOf(schema.$ref)] ?? schema) : schema;
  return examples?.[0];
}

/** Text with code in backticks. */
export const paragraph = (text: string | undefined): Html | null =>
  text === undefined ? null : html`<p>${withCode(text)}</p>`;

const withCode = (text: string): readonly Html[] =>
  text.split('`').map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`));

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1);

const literal = (value: string): Html => html`<code>"${value}"</code>`;

const joined = (parts: readonly Html[], separator: string): Html =>
  html`${parts.map((part, at) => html`${at === 0 ? null : separator}${part}`)}`;

function rangeOf({ format, minimum, maximum, minLength, maxLength }: ApiSchema): Html | null {
  if (format !== undefined) return html` <small>${format}</small>`;
  if (minimum !== undefined && maximum !== undefined) return html` <small>${minimum} to ${maximum}</small>`;
  if (minimum !== undefined) return html` <small>≥ ${minimum}</small>`;
  if (minLength === undefined || maxLength === undefined) return null;
  return html` <small>${minLength} to ${maxLength} characters</small>`;
}
