import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { endsSession, fault, GatewayClose } from './gateway-close.ts';
import type { GatewayControl } from './gateway-control.ts';
import { type ClientMessage, clientMessage, type Identify } from './gateway-messages.ts';
import { type GatewaySession, type Packet, shardOf } from './gateway-session.ts';
import { createGatewaySessions, type SessionRules } from './gateway-sessions.ts';
import type { FakeGuild, Json } from './guild-model.ts';
import { intents } from './intents.ts';
import { createPlainEncoder, createStreamEncoder, type PacketEncoder } from './packet-encoder.ts';

export interface GatewayHubOptions extends SessionRules {
  readonly heartbeatIntervalMs: number;
  /** The guilds that the bot is in. */
  readonly guilds: () => readonly FakeGuild[];
  readonly guildJson: (guild: FakeGuild) => Json;
  readonly ready: (session: GatewaySession, guilds: readonly FakeGuild[]) => Json;
  readonly violation: (what: string) => void;
}

export interface GatewayHub extends GatewayControl {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** To every session of the right shard; `make` gives nothing where a session has not asked for it. */
  dispatch(
    event: string,
    guildId: string | undefined,
    make: (session: GatewaySession) => Json | undefined,
  ): number;
  /** The bot has come into a guild. */
  introduce(guild: FakeGuild): void;
  stop(): void;
}

interface Connection {
  readonly socket: WebSocket;
  readonly encoder: PacketEncoder;
  readonly isAtResumeUrl: boolean;
  /** After op 9 the app may RESUME or IDENTIFY where it is. */
  isToldInvalid: boolean;
  session: GatewaySession | undefined;
  isCompressed: boolean;
  isFrozen: boolean;
  sent: number;
}

const MAX_CLIENT_PAYLOAD_BYTES = 4_096;
const MAX_CLIENT_MESSAGES = 120;

export function createGatewayHub(options: GatewayHubOptions, changed: () => void): GatewayHub {
  const server = new WebSocketServer({ noServer: true });
  const connections = new Set<Connection>();
  const sessions = createGatewaySessions(options);
  const identifies: { shard: readonly [number, number]; intents: number }[] = [];
  const resumes: { shard: readonly [number, number]; replayed: number }[] = [];
  const clientCloses: number[] = [];
  let lastPacket: { readonly session: GatewaySession; readonly packet: Packet } | undefined;
  let heartbeats = 0;
  let highest = 0;
  let total = 0;
  let isStopped = false;

  const tell = (connection: Connection, packet: object): void => {
    if (!connection.isFrozen && connection.socket.readyState === connection.socket.OPEN) {
      connection.encoder.send(packet);
    }
  };

  const connectionOf = (session: GatewaySession): Connection | undefined =>
    [...connections].find((connection) => connection.session === session);

  function leave(connection: Connection, code: number): void {
    if (connection.session !== undefined && endsSession(code)) connection.session.isOver = true;
    connection.session = undefined;
    connection.socket.close(code);
  }

  /** Runs what may end the connection. */
  function guard(connection: Connection, act: () => void): void {
    try {
      act();
    } catch (thrown) {
      if (!(thrown instanceof GatewayClose)) throw thrown;
      if (thrown.isViolation) options.violation(`gateway: ${thrown.code} ${thrown.message}`);
      leave(connection, thrown.code);
    }
  }

  function dispatchTo(session: GatewaySession, event: string, data: Json): void {
    session.sequence += 1;
    const packet: Packet = { op: 0, t: event, s: session.sequence, d: data };
    session.log.push(packet);
    lastPacket = { session, packet };
    const connection = connectionOf(session);
    if (connection !== undefined) tell(connection, packet);
  }

  function identify(connection: Connection, d: Identify): void {
    if (connection.session !== undefined) throw fault(4005, 'a second IDENTIFY');
    if (connection.isAtResumeUrl && !connection.isToldInvalid)
      options.violation('gateway: IDENTIFY at the address for RESUME');
    const session = sessions.begin(d);
    identifies.push({ shard: session.shard, intents: d.intents });
    connection.isCompressed = d.compress === true;
    connection.session = session;
    const [index, count] = session.shard;
    const guilds = options.guilds().filter(({ id }) => shardOf(id, count) === index);
    dispatchTo(session, 'READY', options.ready(session, guilds));
    if ((session.intents & intents.guilds) === 0) return;
    for (const guild of guilds) dispatchTo(session, 'GUILD_CREATE', options.guildJson(guild));
  }

  function resume(connection: Connection, d: Extract<ClientMessage, { op: 6 }>['d']): void {
    if (connection.session !== undefined) throw fault(4005, 'a RESUME within a session');
    if (!connection.isAtResumeUrl && !connection.isToldInvalid)
      options.violation('gateway: RESUME at the address for IDENTIFY');
    const session = sessions.find(d);
    if (session === undefined) {
      tell(connection, { op: 9, d: false });
      connection.isToldInvalid = true;
      return;
    }
    const before = connectionOf(session);
    if (before !== undefined) leave(before, 4000);
    connection.session = session;
    const missed = session.log.filter(({ s }) => s > d.seq);
    for (const packet of missed) tell(connection, packet);
    resumes.push({ shard: session.shard, replayed: missed.length });
    session.sequence += 1;
    tell(connection, { op: 0, t: 'RESUMED', s: session.sequence, d: { _trace: [] } });
  }

  function take(connection: Connection, message: ClientMessage): void {
    if (message.op === 2) {
      identify(connection, message.d);
    } else if (message.op === 6) {
      resume(connection, message.d);
    } else if (message.op === 1) {
      heartbeats += 1;
      tell(connection, { op: 11 });
    } else if (connection.session === undefined) {
      throw fault(4003, 'not identified');
    }
  }

  function hear(connection: Connection, data: string): void {
    connection.sent += 1;
    if (connection.sent > MAX_CLIENT_MESSAGES) throw fault(4008, 'too many messages');
    if (Buffer.byteLength(data) > MAX_CLIENT_PAYLOAD_BYTES) throw fault(4002, 'too large');
    const parsed = clientMessage.safeParse(parseJson(data));
    if (!parsed.success) throw fault(4002, parsed.error.message);
    take(connection, parsed.data);
  }

  function accept(socket: WebSocket, url: URL): void {
    const isStream = url.searchParams.get('compress') === 'zlib-stream';
    const connection: Connection = {
      socket,
      encoder: isStream
        ? createStreamEncoder(socket)
        : createPlainEncoder(socket, () => connection.isCompressed),
      isAtResumeUrl: url.pathname === '/resume',
      isToldInvalid: false,
      session: undefined,
      isCompressed: false,
      isFrozen: false,
      sent: 0,
    };
    connections.add(connection);
    total += 1;
    highest = Math.max(highest, connections.size);
    // Discord counts in windows of a minute.
    const window = setInterval(() => {
      connection.sent = 0;
    }, 60_000);
    socket.on('message', (data) => {
      if (!connection.isFrozen) guard(connection, () => hear(connection, String(data)));
      changed();
    });
    socket.on('error', () => undefined);
    socket.on('close', (code) => {
      clearInterval(window);
      connections.delete(connection);
      if (connection.session !== undefined) {
        clientCloses.push(code);
        if (code === 1000 || code === 1001) connection.session.isOver = true;
      }
      changed();
    });
    guard(connection, () => {
      if (url.searchParams.get('v') !== '10') throw fault(4012, 'not version 10');
      if (url.searchParams.get('encoding') !== 'json') throw fault(4002, 'not JSON');
    });
    tell(connection, { op: 10, d: { heartbeat_interval: options.heartbeatIntervalMs, _trace: [] } });
    changed();
  }

  function dispatch(
    event: string,
    guildId: string | undefined,
    make: (session: GatewaySession) => Json | undefined,
  ): number {
    let reached = 0;
    for (const session of sessions.all()) {
      if (session.isOver || shardOf(guildId, session.shard[1]) !== session.shard[0]) continue;
      const data = make(session);
      if (data === undefined) continue;
      reached += 1;
      dispatchTo(session, event, data);
    }
    changed();
    return reached;
  }

  return {
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (isStopped || (url.pathname !== '/gateway' && url.pathname !== '/resume')) {
        socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      server.handleUpgrade(request, socket, head, (opened) => accept(opened, url));
    },
    dispatch,
    introduce: (guild) =>
      void dispatch('GUILD_CREATE', guild.id, (session) =>
        (session.intents & intents.guilds) === 0 ? undefined : options.guildJson(guild),
      ),
    stop() {
      isStopped = true;
      for (const { socket } of connections) socket.terminate();
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
    get identifies() {
      return [...identifies];
    },
    get resumes() {
      return [...resumes];
    },
    get clientCloses() {
      return [...clientCloses];
    },
    get heartbeats() {
      return heartbeats;
    },
    get attached() {
      return [...connections].filter((connection) => connection.session !== undefined).length;
    },
    close(code) {
      for (const connection of [...connections]) leave(connection, code);
    },
    requestReconnect() {
      for (const connection of connections) tell(connection, { op: 7, d: null });
    },
    invalidateSessions(isResumable) {
      for (const connection of connections) {
        tell(connection, { op: 9, d: isResumable });
        if (!isResumable && connection.session !== undefined) connection.session.isOver = true;
        connection.isToldInvalid = true;
        connection.session = undefined;
      }
    },
    forgetSessions() {
      for (const session of sessions.all()) session.isOver = true;
    },
    freeze() {
      for (const connection of connections) connection.isFrozen = true;
    },
    drop() {
      for (const connection of [...connections]) {
        connections.delete(connection);
        connection.session = undefined;
        connection.socket.terminate();
      }
      changed();
    },
    redeliver() {
      if (lastPacket === undefined) throw new Error('there was no event yet');
      const connection = connectionOf(lastPacket.session);
      if (connection !== undefined) tell(connection, lastPacket.packet);
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
