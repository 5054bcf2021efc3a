import { isObject } from './is-object.ts';

/** The parameters of a request that has no others, except ignored ones. */
export interface PlainParameters {
  readonly query: string;
  readonly operationName: string | null | undefined;
  readonly variables: Readonly<Record<string, unknown>> | null | undefined;
}

/** The parameters in a body that has no others; null for any body that is not plain. */
export function plainParameters(body: unknown): PlainParameters | null {
  if (typeof body !== 'string') return null;
  const parsed = parseObject(body);
  if (parsed === null) return null;
  for (const name in parsed) if (!PARAMETERS.has(name)) return null;
  const { query, operationName, variables } = parsed;
  if (typeof query !== 'string') return null;
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') return null;
  if (variables !== undefined && variables !== null && !isObject(variables)) return null;
  return { query, operationName, variables };
}

/** The same in the URL of a GET, each of them once. */
export function plainParametersIn(search: URLSearchParams): PlainParameters | null {
  const given = Object.fromEntries(search);
  const names = Object.keys(given);
  if (names.length !== search.size || !names.every((name) => PARAMETERS.has(name))) return null;
  const { query = '', operationName, variables: text } = given;
  const variables = text ? parseObject(text) : undefined;
  return variables === null ? null : { query, operationName: operationName || undefined, variables };
}

/** Apollo Client 4 sends it with links that send all fields of an operation. It says nothing that the document does not. */
export const IGNORED_PARAMETERS = ['operationType'];

const PARAMETERS: ReadonlySet<string> = new Set([
  'query',
  'operationName',
  'variables',
  ...IGNORED_PARAMETERS,
]);

/** null for text that is no JSON object. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null; // Yoga answers with its own error
  }
}
