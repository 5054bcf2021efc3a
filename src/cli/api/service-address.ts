import type { Command } from 'commander';
import { ConfigError } from '../../config/config-error.ts';
import type { Environment } from '../../config/environment.ts';
import { type CommandContext, jsonOption, UsageError } from '../command.ts';

/** Where the service is, and the token that is sent to it. */
export interface ServiceAddress {
  /** Ends with a slash. */
  readonly url: URL;
  /** For messages: without the final slash. */
  readonly shown: string;
  readonly token: string | null;
}

/** The options of every command over the API. */
export interface ApiOptions {
  readonly url?: string;
  readonly json?: boolean;
}

const DEFAULT_URL = 'http://127.0.0.1:8000';

export const addApiOptions = (command: Command): Command =>
  command
    .option('--url <url>', `The service. Default: STAMP_POOL_URL, else ${DEFAULT_URL}.`)
    .option(...jsonOption);

/** @throws UsageError */
export function serviceAddress(
  { url: option }: ApiOptions,
  context: Pick<CommandContext, 'environment' | 'err'>,
): ServiceAddress {
  const { STAMP_POOL_URL, STAMP_POOL_TOKEN } = readableEnvironment(context);
  const source = option === undefined ? 'STAMP_POOL_URL' : '--url';
  const url = parseUrl(option ?? (STAMP_POOL_URL?.trim() || DEFAULT_URL), source);
  return { url, shown: url.href.replace(/\/$/, ''), token: parseToken(STAMP_POOL_TOKEN) };
}

/** A .env that cannot be read may be that of another program: it does not stop a command. */
function readableEnvironment({ environment, err }: Pick<CommandContext, 'environment' | 'err'>): Environment {
  try {
    return environment();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    err(`${error.mistakes.join(' ')}. It is left out.`);
    return process.env;
  }
}

/** A path is kept, for a proxy that serves the pool below one. The URL of GraphQL is accepted too. */
function parseUrl(text: string, source: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new UsageError(`${source} is not an http or https URL, such as ${DEFAULT_URL}.`);
  if (url.username !== '' || url.password !== '')
    throw new UsageError(`${source} has a user or a password. Put a token into STAMP_POOL_TOKEN instead.`);
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/(graphql)?\/*$/, '')}/`;
  return url;
}

/** The message never shows the value. */
function parseToken(text: string | undefined): string | null {
  const token = text?.trim() ?? '';
  if (token === '') return null;
  if (/^[\w.~+/-]+=*$/.test(token)) return token;
  throw new UsageError('STAMP_POOL_TOKEN is not a token: it has characters that no token has.');
}
