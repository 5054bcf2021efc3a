// The tests of this folder compare the simulator with recordings of a real Bee node, and cover its faults. This is their client.
import type { SimResponse, Simulator } from '../../src/simulator/simulator.ts';

export interface ParsedResponse {
  readonly status: number;
  readonly body: unknown;
}

export async function get(simulator: Simulator, path: string): Promise<ParsedResponse> {
  return parseResponse(await simulator.handle({ method: 'GET', path }));
}

export async function send(
  simulator: Simulator,
  line: string,
  options: { headers?: Record<string, string>; body?: string; signal?: AbortSignal } = {},
): Promise<ParsedResponse> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const { signal, ...rest } = options;
  return parseResponse(await simulator.handle({ method, path, ...rest }, signal));
}

/** Sends a request, and mines the two blocks until it is answered. */
export async function sendAndMine(
  simulator: Simulator,
  line: string,
  headers: Record<string, string> = {},
): Promise<ParsedResponse> {
  const response = send(simulator, line, { headers });
  simulator.mineBlocks(2);
  return response;
}

/** Buys a batch, and mines until it is usable. */
export async function usableBatch(simulator: Simulator, amount = 500_000_000n, depth = 17): Promise<string> {
  const { status, body } = await sendAndMine(simulator, `POST /stamps/${amount}/${depth}?label=test`);
  if (status !== 201) throw new Error(`the purchase was answered ${status}: ${JSON.stringify(body)}`);
  simulator.mineBlocks(18);
  return field(body, 'batchID');
}

export function field(body: unknown, name: string): string {
  if (typeof body === 'object' && body !== null) {
    const value: unknown = Object.entries(body).find(([key]) => key === name)?.[1];
    if (typeof value === 'string') return value;
  }
  throw new Error(`no text "${name}" in ${JSON.stringify(body)}`);
}

export interface Stamp {
  readonly batchID: string;
  readonly label: string;
  readonly usable: boolean;
  readonly amount: string;
  readonly depth: number;
  readonly blockNumber: number;
  readonly batchTTL: number;
  readonly utilization: number;
  readonly immutableFlag: boolean;
}

export async function stamps(simulator: Simulator): Promise<Stamp[]> {
  const { body } = await simulator.handle({ method: 'GET', path: '/stamps' });
  const { stamps: list }: { stamps: Stamp[] } = JSON.parse(body);
  return list;
}

export async function pending(simulator: Simulator): Promise<string[]> {
  const { body } = await simulator.handle({ method: 'GET', path: '/transactions' });
  const { pendingTransactions }: { pendingTransactions: { description: string }[] } = JSON.parse(body);
  return pendingTransactions.map(({ description }) => description);
}

function parseResponse({ status, body }: SimResponse): ParsedResponse {
  return { status, body: body === '' ? '' : parseBody(body) };
}

function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
