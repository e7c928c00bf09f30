import { constants, createDeflate, deflateSync } from 'node:zlib';
import type { WebSocket } from 'ws';

export interface PacketEncoder {
  send(packet: object): void;
}

/** Each packet by itself, as text or, after an IDENTIFY with `compress`, deflated. */
export function createPlainEncoder(socket: WebSocket, isCompressed: () => boolean): PacketEncoder {
  return {
    send(packet) {
      const text = JSON.stringify(packet);
      socket.send(isCompressed() ? deflateSync(text) : text);
    },
  };
}

/** `compress=zlib-stream`: one stream for the whole connection, flushed after each packet. */
export function createStreamEncoder(socket: WebSocket): PacketEncoder {
  const deflate = createDeflate();
  let chunks: Buffer[] = [];
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk));
  let queue: Promise<void> = Promise.resolve();
  return {
    send(packet) {
      queue = queue.then(
        () =>
          new Promise((resolve) => {
            deflate.write(JSON.stringify(packet));
            deflate.flush(constants.Z_SYNC_FLUSH, () => {
              socket.send(Buffer.concat(chunks));
              chunks = [];
              resolve();
            });
          }),
      );
    },
  };
}
