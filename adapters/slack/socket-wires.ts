import type { Socket } from 'node:net';
import { Agent, buildConnector } from 'undici';

/** The network under one connection: the SDK's socket hides it, and without it a peer that hangs could not be left. */
export interface SocketWires {
  readonly dispatcher: Agent;
  /** Ends every connection and every attempt at one, at once. Safe to call twice. */
  cut(): void;
}

export function createSocketWires(): SocketWires {
  // A WebSocket needs a connection of its own.
  const connect = buildConnector({ allowH2: false });
  const sockets = new Set<Socket>();
  let isCut = false;

  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    if (isCut) socket.destroy();
  };

  const dispatcher = new Agent({
    connect(options, callback) {
      connect(options, (...result) => {
        if (result[1] !== null) keep(result[1]);
        callback(...result);
      });
    },
  });

  return {
    dispatcher,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
      dispatcher.destroy().catch(() => undefined);
    },
  };
}
