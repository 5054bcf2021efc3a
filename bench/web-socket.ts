import { connectReader } from './reader.ts';

/**
 * A WebSocket of a client that costs as little as possible: one process must read the events of thousands faster than the
 * server sends them. It reads unmasked messages in one frame each, of less than 64 KiB, and answers pings.
 */
export function openSocket(url: string, { protocol, opened, received, failed }: Listener): OpenSocket {
  const { pathname, host } = new URL(url);
  let isOpen = false;
  let rest: Buffer = NOTHING;
  const take = (bytes: Buffer): void => {
    for (let frame = frameIn(bytes); frame !== null; frame = frameIn(bytes)) {
      bytes = bytes.subarray(frame.end);
      if (frame.opcode === TEXT) received(frame.payload.toString('latin1'));
      else if (frame.opcode === PING) write(frameOf(PONG, frame.payload));
      else return failed(new Error(`a frame with the opcode ${frame.opcode}: ${frame.payload.toString()}`));
    }
    rest = bytes.length === 0 ? NOTHING : Buffer.from(bytes);
  };
  const { write } = connectReader(url, {
    failed,
    received: (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (isOpen) return take(bytes);
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) {
        rest = Buffer.from(bytes);
        return;
      }
      if (!bytes.toString('latin1').startsWith('HTTP/1.1 101'))
        return failed(new Error(bytes.toString('latin1', 0, end)));
      isOpen = true;
      opened();
      take(bytes.subarray(end + 4));
    },
  });
  write(
    `GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`,
  );
  return { send: (text) => write(frameOf(TEXT, Buffer.from(text))) };
}

const NOTHING = Buffer.alloc(0);

interface Listener {
  readonly protocol: string;
  readonly opened: () => void;
  /** The text of a message, which is ASCII. */
  readonly received: (text: string) => void;
  readonly failed: (error: Error) => void;
}

interface OpenSocket {
  readonly send: (text: string) => void;
}

const TEXT = 1;
const PING = 9;
const PONG = 10;

interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
  readonly end: number;
}

/** The first frame; null if it is not complete. */
function frameIn(bytes: Buffer): Frame | null {
  if (bytes.length < 2) return null;
  const short = bytes.readUInt8(1);
  if (short > LONG) throw new Error('a frame of 64 KiB or more, or a masked one');
  const start = short === LONG ? 4 : 2;
  if (bytes.length < start) return null;
  const end = start + (short === LONG ? bytes.readUInt16BE(2) : short);
  return bytes.length < end
    ? null
    : { opcode: bytes.readUInt8(0) & 0xf, payload: bytes.subarray(start, end), end };
}

/** The length is in the next two bytes. */
const LONG = 126;

/** Masked with zeros, which changes no byte. */
function frameOf(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < LONG ? [0x80 | length] : [0x80 | LONG, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([0x80 | opcode, ...head, 0, 0, 0, 0]), payload]);
}
