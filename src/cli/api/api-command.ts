import type { CommandRun } from '../command.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import type { Paint } from '../text/paint.ts';
import { escapedJson, printableDeep } from '../text/printable.ts';
import { type Api, createApi } from './api.ts';
import { ApiError } from './api-error.ts';
import { type ApiOptions, serviceAddress } from './service-address.ts';

/** What a command over the API shows. */
export interface Shown<Json extends object> {
  /** With --json it is printed as it is. */
  readonly json: Json;
  /** Gets `json` with every text made printable: it may come from the server. */
  readonly text: (json: Json, paint: Paint) => string;
  readonly exitCode?: ExitCode;
}

/** Runs `act` against the service, and prints the result. An ApiError is printed as JSON too if that is asked for. */
export async function runOverApi<Json extends object>(
  options: ApiOptions,
  context: CommandRun,
  act: (api: Api) => Promise<Shown<Json>>,
): Promise<void> {
  const api = createApi(serviceAddress(options, context));
  try {
    const { json, text, exitCode = EXIT.fine } = await act(api);
    context.out(options.json ? escapedJson(json) : text(printableDeep(json), context.paint));
    if (exitCode !== EXIT.fine) context.exitWith(exitCode);
  } catch (error) {
    if (options.json && error instanceof ApiError) {
      const { code, message, suggestion } = error;
      context.out(escapedJson({ error: { code, message, suggestion } }));
    }
    throw error;
  }
}
