import type { Draw } from './draw.ts';
import type { Generated, Generator } from './fuzz-case.ts';
import { rawAcquire, rawHttp, rawRead, sendRaw } from './raw-http.ts';

/** Several requests in one write, with malformed ones among them. Those before the malformed one are valid. */
export const httpPipeline: Generator = { kind: 'http-pipeline', weight: 4, generate };

function generate(draw: Draw): Generated {
  const count = draw.chance(5) ? draw.between(20, 60) : draw.between(2, 8);
  const malformedAt = draw.chance(70) ? draw.below(count) : count;
  let mayAcquire = 0;
  const texts = Array.from({ length: count }, (_, n) => {
    const isAcquire = draw.chance(10);
    const base = isAcquire ? rawAcquire(draw, `${draw.key}.${n}`) : rawRead(draw);
    if (isAcquire && n < malformedAt) mayAcquire += 1;
    const text = rawHttp(base);
    return n === malformedAt ? malformed(text, draw) : text;
  });
  return { request: sendRaw(texts.join(''), draw), mayAcquire };
}

/** No server can read a request after it on the same connection. */
const malformed = (text: string, draw: Draw): string =>
  draw.pick([
    `\0${text}`,
    text.replace(' HTTP/1.1', ''),
    text.replace('HTTP/1.1', 'HTTP/7.7'),
    text.replace('Host', 'Ho st'),
    text.replace('\r\n\r\n', '\r\nContent-Length: x\r\n\r\n'),
    text.replace('\r\n\r\n', '\r\nContent-Length: 7\r\nContent-Length: 8\r\n\r\n'),
    `${draw.ascii(4)}\x01${text}`,
  ]);
