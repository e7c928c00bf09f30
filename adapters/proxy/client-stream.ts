import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { UpstreamHead } from '../../core/ports/upstream.ts';

export interface ClientStreamOptions {
  readonly clock: Pick<Clock, 'after'>;
  /** A caller that takes nothing for so long, while something waits for it, is cut off. */
  readonly stallMs: number;
  /** The caller takes more again. */
  readonly onDrain: () => void;
  /** The caller left, or was cut off, before the end. Once. */
  readonly onGone: () => void;
}

/** An answer on its way to the caller, byte for byte. */
export interface ClientStream {
  /** `added`: in place of whatever the head calls by the same names. No browser is to take an answer for more than it says that it is. */
  head(head: Pick<UpstreamHead, 'status' | 'headers'>, added: Readonly<Record<string, string>>): void;
  /** False: the caller is slow; `onDrain` or `onGone` follows. */
  write(chunk: Uint8Array): boolean;
  end(): void;
  /** Cuts the connection, so that the caller sees that the answer is not whole. */
  cut(): void;
  /** It left, or was cut off, before the end. */
  isGone(): boolean;
}

const eventStream = /^text\/event-stream/i;

export function createClientStream(outgoing: ServerResponse, options: ClientStreamOptions): ClientStream {
  let stall: Timer | undefined;
  let isOver = false;
  let isGone = false;

  function leave(): void {
    stall?.cancel();
    if (isOver || isGone) return;
    isGone = true;
    options.onGone();
  }

  function awaitCaller(): void {
    stall ??= options.clock.after(options.stallMs, () => outgoing.destroy());
  }

  outgoing.on('close', leave);
  outgoing.on('error', leave);
  outgoing.on('drain', () => {
    stall?.cancel();
    stall = undefined;
    if (!isOver && !isGone) options.onDrain();
  });

  return {
    head({ status, headers }, added) {
      if (isGone || isOver) return;
      const all: string[] = ['x-content-type-options', 'nosniff'];
      let isStream = false;
      for (const [name, value] of headers) {
        if (Object.hasOwn(added, name) || name === 'x-content-type-options') continue;
        all.push(name, value);
        if (name === 'content-type') isStream = eventStream.test(value);
      }
      for (const name in added) all.push(name, added[name] ?? '');
      writeHead(outgoing, status, all);
      // Of a stream the first event may be long in coming.
      if (isStream) outgoing.flushHeaders();
    },
    write(chunk) {
      if (isGone || isOver || outgoing.write(chunk)) return true;
      awaitCaller();
      return false;
    },
    end() {
      if (isOver || isGone) return;
      isOver = true;
      // What is left to send still has the caller's patience to bear.
      if (outgoing.writableLength > 0) awaitCaller();
      outgoing.end();
    },
    cut() {
      if (isGone) return;
      isOver = true;
      stall?.cancel();
      outgoing.destroy();
    },
    isGone: () => isGone,
  };
}

/** Servers write what they like into headers; bytes that are read as UTF-8 go out as the same bytes. */
function writeHead(outgoing: ServerResponse, status: number, headers: string[]): void {
  try {
    outgoing.writeHead(status, headers);
  } catch {
    outgoing.writeHead(
      status,
      headers.map((text) => Buffer.from(text, 'utf8').toString('latin1')),
    );
  }
}
