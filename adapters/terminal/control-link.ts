import { toAppError } from '../../core/domain/app-error.ts';
import type { Clock, Timer } from '../../core/ports/clock.ts';
import type { HttpMount } from '../../core/ports/http-mount.ts';
import type { TerminalInput, TerminalLink, TerminalOutput } from './link.ts';
import { createOutputBacklog } from './output-backlog.ts';
import { parseInput } from './schema.ts';

export const CONTROL_PATH = '/control/terminal';
export const EVENT_STREAM = 'text/event-stream';

/** A reader that has so much waiting is gone or stuck; its stream is closed. */
const MAX_WAITING = 2_000;
/** HTTP clients give up on a stream that is silent for long: Node's own after five minutes. */
const SIGN_OF_LIFE_MS = 30_000;

/** The way to terminals outside this process: `POST …/input` takes a line, `GET …/events` streams what is shown. */
export interface ControlLink {
  readonly link: TerminalLink;
  /** Whoever serves it checks the control token first. */
  readonly mount: HttpMount;
  /** Ends every stream, so that the far ends know that the bot is gone. */
  close(): void;
}

function sentence(status: number, message: string): Response {
  return Response.json({ message }, { status });
}

export function createControlLink(clock: Pick<Clock, 'after'>): ControlLink {
  const backlog = createOutputBacklog();
  const encoder = new TextEncoder();
  const open = new Set<() => void>();
  let take: ((input: TerminalInput) => Promise<void>) | undefined;

  function events(): Response {
    if (take === undefined) return sentence(503, 'The terminal is not open.');
    let close = (): void => {};
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          let unwatch = (): void => {};
          let timer: Timer | undefined;
          close = () => {
            unwatch();
            timer?.cancel();
            open.delete(close);
            try {
              controller.close();
            } catch {
              // The reader has cancelled already.
            }
          };
          open.add(close);
          const write = (text: string): void => {
            if ((controller.desiredSize ?? 0) < -MAX_WAITING) close();
            else controller.enqueue(encoder.encode(`${text}\n\n`));
          };
          // The first comes at once, so that the reader knows that it is connected.
          const signOfLife = (): void => {
            timer = clock.after(SIGN_OF_LIFE_MS, signOfLife);
            write(': connected');
          };
          signOfLife();
          unwatch = backlog.watch((output: TerminalOutput) => write(`data: ${JSON.stringify(output)}`));
        },
        cancel: () => close(),
      },
      new CountQueuingStrategy({ highWaterMark: 1 }),
    );
    return new Response(body, {
      headers: {
        'content-type': EVENT_STREAM,
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      },
    });
  }

  async function input(request: Request): Promise<Response> {
    const value: unknown = await request.json().catch(() => undefined);
    const parsed = parseInput(value);
    if (parsed === undefined) return sentence(400, 'That is not a line that this version understands.');
    if (take === undefined) return sentence(503, 'The terminal is not open.');
    try {
      await take(parsed);
      return Response.json({});
    } catch (thrown) {
      const error = toAppError(thrown);
      return sentence(error.retryable || error.code === 'conflict' ? 503 : 500, error.message);
    }
  }

  return {
    link: {
      listen(next) {
        take = next;
      },
      show: backlog.show,
    },
    close() {
      for (const end of [...open]) end();
    },
    mount: {
      path: CONTROL_PATH,
      proof: 'control_token',
      fetch(request) {
        const { pathname } = new URL(request.url);
        if (pathname === `${CONTROL_PATH}/events` && request.method === 'GET') return events();
        if (pathname === `${CONTROL_PATH}/input` && request.method === 'POST') return input(request);
        return sentence(404, 'There is nothing here.');
      },
    },
  };
}
