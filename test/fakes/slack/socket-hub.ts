import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import type { Delivery } from './event-feed.ts';
import { createRepeater } from './repeater.ts';
import type { Workspace } from './workspace.ts';

/** https://docs.slack.dev/apis/events-api/using-socket-mode#disconnect */
export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

export interface SocketHubOptions {
  readonly ackTimeoutMs: number;
  readonly retryDelaysMs: readonly number[];
  readonly pingIntervalMs: number;
  /** https://docs.slack.dev/apis/events-api/using-socket-mode#connections */
  readonly maxSockets: number;
}

/** What tests see and do of the sockets. */
export interface SocketControl {
  /** Connections that stand now, with or without `hello`, half closed ones included. */
  readonly open: number;
  /** The highest that `open` ever was. */
  readonly highest: number;
  /** How many were ever opened. */
  readonly total: number;
  /** Deliveries that wait for their acknowledgement. */
  readonly unacknowledged: number;
  /** Events that wait for a socket. */
  readonly waiting: number;
  /** Every acknowledgement by its envelope, in order. */
  readonly acknowledgements: readonly string[];
  /** Acknowledgements of envelopes that were not open (any more). */
  readonly strayAcknowledgements: readonly string[];
  /** Events that Slack gave up on. */
  readonly dropped: readonly Delivery[];
  /** Lets the time for the acknowledgement of everything on its way run out now. */
  expireAcks(): void;
  /** `false`: new connections get no `hello`. */
  greet(does: boolean): void;
  /** Nobody reads or answers on the connections that stand now: no pong, no close frame, no acknowledgement taken. */
  freeze(): void;
  /** Closes every connection, with a close frame or by cutting it. */
  drop(how: 'close' | 'cut'): void;
}

export interface SocketHub extends SocketControl {
  /** Path and query of an address for one connection. */
  ticket(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  deliver(delivery: Delivery): void;
  /**
   * Tells every connection, or one of them, to go. It is closed at once, save after a `warning`: then it stays, and
   * gets events, until the app closes it.
   */
  disconnect(reason: DisconnectReason): void;
  close(): void;
}

interface Connection {
  readonly socket: WebSocket;
  isGreeted: boolean;
  isFrozen: boolean;
}

interface InFlight {
  readonly delivery: Delivery;
  readonly connection: Connection;
  readonly timer: NodeJS.Timeout;
}

const ackSchema = z.object({ envelope_id: z.string(), payload: z.unknown() });

export function createSocketHub(
  workspace: Workspace,
  options: SocketHubOptions,
  changed: () => void,
): SocketHub {
  const server = new WebSocketServer({ noServer: true });
  const tickets = new Set<string>();
  const connections = new Set<Connection>();
  const inFlight = new Map<string, InFlight>();
  const acknowledgements: string[] = [];
  const strays: string[] = [];
  let waiting: Delivery[] = [];
  let highest = 0;
  let total = 0;
  let turn = 0;
  let greets = true;
  let isClosed = false;

  const repeater = createRepeater(options.retryDelaysMs, (delivery) => deliver(delivery));
  const ready = (): readonly Connection[] =>
    [...connections].filter(
      (connection) => connection.isGreeted && connection.socket.readyState === connection.socket.OPEN,
    );

  function expire(envelopeId: string, reason: string): void {
    const flight = inFlight.get(envelopeId);
    if (flight === undefined) return;
    inFlight.delete(envelopeId);
    clearTimeout(flight.timer);
    repeater.repeat(flight.delivery, reason);
    changed();
  }

  function deliver(delivery: Delivery): void {
    if (isClosed) return;
    const able = ready();
    turn += 1;
    const connection = able[turn % Math.max(1, able.length)];
    if (connection === undefined) {
      if (delivery.isRepeated) waiting.push(delivery);
      else delivery.settle({ isAcknowledged: false });
      changed();
      return;
    }
    const envelopeId = workspace.nextId('envelope-');
    const timer = setTimeout(() => expire(envelopeId, 'timeout'), options.ackTimeoutMs);
    inFlight.set(envelopeId, { delivery, connection, timer });
    connection.socket.send(
      JSON.stringify({
        envelope_id: envelopeId,
        type: delivery.kind,
        accepts_response_payload: delivery.kind !== 'events_api',
        payload: delivery.payload,
        ...(delivery.isRepeated
          ? { retry_attempt: delivery.attempt, retry_reason: delivery.retryReason ?? '' }
          : {}),
      }),
    );
    changed();
  }

  function acknowledge(text: string): void {
    const { envelope_id: id, payload } = ackSchema.parse(JSON.parse(text));
    const flight = inFlight.get(id);
    if (flight === undefined) {
      strays.push(id);
    } else {
      inFlight.delete(id);
      clearTimeout(flight.timer);
      acknowledgements.push(id);
      flight.delivery.settle({ isAcknowledged: true, response: payload });
    }
    changed();
  }

  const tell = (connection: Connection, message: object): void =>
    connection.socket.send(JSON.stringify(message));
  const debugInfo = { host: 'applink-fake', build_number: 1, approximate_connection_time: 18_060 };

  function farewell(connection: Connection, reason: DisconnectReason): void {
    tell(connection, { type: 'disconnect', reason, debug_info: { host: debugInfo.host } });
    if (reason !== 'warning') connection.socket.close(1_000);
  }

  function greet(connection: Connection): void {
    connection.isGreeted = true;
    tell(connection, {
      type: 'hello',
      num_connections: connections.size,
      debug_info: debugInfo,
      connection_info: { app_id: workspace.appId },
    });
    const due = waiting;
    waiting = [];
    for (const delivery of due) deliver(delivery);
  }

  function accept(socket: WebSocket): void {
    const connection: Connection = { socket, isGreeted: false, isFrozen: false };
    connections.add(connection);
    total += 1;
    highest = Math.max(highest, connections.size);
    const pings = setInterval(() => {
      if (!connection.isFrozen) socket.ping('Ping from server');
    }, options.pingIntervalMs);
    socket.on('message', (data) => acknowledge(String(data)));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearInterval(pings);
      connections.delete(connection);
      for (const [id, flight] of [...inFlight]) {
        if (flight.connection === connection) expire(id, 'connection_failed');
      }
      changed();
    });
    if (connections.size > options.maxSockets) farewell(connection, 'too_many_websockets');
    else if (greets) greet(connection);
    changed();
  }

  return {
    ticket() {
      const ticket = workspace.nextId('ticket-');
      tickets.add(ticket);
      return `/link/?ticket=${ticket}&app_id=${workspace.appId}`;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
      // One ticket, one connection.
      if (!tickets.delete(ticket) || isClosed) {
        socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, accept);
    },
    deliver,
    disconnect(reason) {
      for (const connection of [...connections]) farewell(connection, reason);
    },
    close() {
      isClosed = true;
      repeater.close();
      for (const flight of inFlight.values()) {
        clearTimeout(flight.timer);
        flight.delivery.settle({ isAcknowledged: false });
      }
      inFlight.clear();
      for (const connection of connections) connection.socket.terminate();
      server.close();
    },
    get open() {
      return connections.size;
    },
    get highest() {
      return highest;
    },
    get total() {
      return total;
    },
    get unacknowledged() {
      return inFlight.size;
    },
    get waiting() {
      return waiting.length;
    },
    get acknowledgements() {
      return [...acknowledgements];
    },
    get strayAcknowledgements() {
      return [...strays];
    },
    get dropped() {
      return repeater.dropped;
    },
    expireAcks() {
      for (const id of [...inFlight.keys()]) expire(id, 'timeout');
    },
    greet(does) {
      greets = does;
    },
    freeze() {
      for (const connection of connections) {
        connection.isFrozen = true;
        connection.socket.pause();
      }
    },
    drop(how) {
      for (const { socket } of connections) {
        if (how === 'cut') socket.terminate();
        else socket.close(1_000);
      }
    },
  };
}
