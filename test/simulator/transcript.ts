import { readFileSync } from 'node:fs';
import type { Simulator } from '../../src/simulator/simulator.ts';

/** One step of a recording of a real node. */
export interface Row {
  readonly step: string;
  readonly block?: number;
  readonly blockBefore?: number;
  readonly tip?: number;
  readonly answer?: string;
  readonly state?: string;
  readonly pending?: readonly string[];
  readonly stamp?: object;
  readonly request?: {
    readonly method: string;
    readonly path: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
  readonly response?: {
    readonly status?: number;
    readonly contentType?: string;
    readonly allow?: string;
    readonly body?: string;
    readonly error?: string;
  };
}

export function transcript(name: string): Row[] {
  const text = readFileSync(new URL(`transcripts/${name}.jsonl`, import.meta.url), 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [readRow(line)]));
}

function readRow(line: string): Row {
  const row: Row = JSON.parse(line);
  return row;
}

/** Sends the request of a row, and returns the response in the format of the recording. */
export async function replay(simulator: Simulator, row: Row): Promise<NonNullable<Row['response']>> {
  if (row.request === undefined) throw new Error(`the row "${row.step}" has no request`);
  const { status, headers, body } = await simulator.handle(row.request);
  const { 'content-type': contentType, allow } = headers;
  return {
    status,
    ...(contentType !== undefined && { contentType }),
    ...(allow !== undefined && { allow }),
    body: normal(body),
  };
}

export function expected(row: Row): NonNullable<Row['response']> {
  return { ...row.response, body: normal(row.response?.body ?? '') };
}

/** Values that always differ between two nodes: ids, addresses, hashes, nonces, gas, times. Everything else must be equal. */
const DIFFERS =
  /"(version|apiVersion|overlay|ethereum|chain_address|publicKey|pssPublicKey|walletAddress|batchID|txHash|owner|transactionHash|to|gasPrice|gasTipCap|gasFeeCap|created)":"[^"]*"/g;

export function normal(text: string): string {
  return text
    .replace(DIFFERS, '"$1":"*"')
    .replace(/"underlay":\[[^\]]*\]/g, '"underlay":["*"]')
    .replace(/"(nonce|gasLimit)":\d+/g, '"$1":0')
    .replace(/"data":"0x([0-9a-f]*)"/g, (_, data: string) => `"data":"${normalCallData(data)}"`);
}

/** The selector and the arguments, without addresses and the random nonce of a creation. */
function normalCallData(data: string): string {
  const words = data.slice(8).match(/.{64}/g) ?? [];
  const kept = words.length === 2 ? [1] : [1, 2, 3, 5];
  return [data.slice(0, 8), ...kept.map((index) => words[index] ?? 'missing')].join(' ');
}
