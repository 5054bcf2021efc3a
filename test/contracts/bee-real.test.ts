import { readFileSync } from 'node:fs';
import { serveHttp } from '../bee/servers.ts';
import { beeContract } from './bee.ts';
import { openBee } from './open-bee.ts';

interface Recorded {
  readonly request?: { readonly method: string; readonly path: string };
  readonly response?: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** A server that replays what a real node answered to each GET. */
async function openRecording(file: string) {
  const answers = new Map<string, NonNullable<Recorded['response']>>();
  for (const line of readFileSync(`test/simulator/transcripts/${file}`, 'utf8').trim().split('\n')) {
    const { request, response }: Recorded = JSON.parse(line);
    if (request?.method === 'GET' && response)
      answers.set(request.path.replace(/[0-9a-f]{64}$/, 'ab'.repeat(32)), response);
  }
  const server = await serveHttp((request, response) => {
    const answer = answers.get(request.url ?? '');
    if (answer) response.writeHead(answer.status, { 'content-type': answer.contentType }).end(answer.body);
    else request.socket.resetAndDestroy();
  });
  return await openBee(`http://127.0.0.1:${server.port}`, server);
}

const readsOnly = { spends: false, timeoutMs: 600_000, pollMs: 100 };

beeContract('Bee 2.8.1, as recorded', () => openRecording('basics.jsonl'), readsOnly);
beeContract('Bee 2.8.0, as recorded', () => openRecording('basics-2.8.0.jsonl'), readsOnly);

const { TEST_BEE_API_URL: url, TEST_BEE_MAY_SPEND: maySpend } = process.env;
if (url) {
  const spends = maySpend === '1';
  beeContract('a live Bee', () => openBee(url), { spends, timeoutMs: 15 * 60_000, pollMs: 100 });
} else {
  process.stderr.write(
    'The Bee contract was not tested against a live node. Set TEST_BEE_API_URL, and TEST_BEE_MAY_SPEND=1 to let it buy.\n',
  );
}
