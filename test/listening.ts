import { connect } from 'node:net';

/** Resolves when something listens on the port. Rejects if the proxy ends first. */
export async function listening(port: number, ended: Promise<unknown>): Promise<void> {
  let isOver = false;
  void ended.then(() => (isOver = true));
  for (;;) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
    });
    if (isOpen) return;
    if (isOver) throw new Error('the proxy has ended');
  }
}
