import { CONTROL_PATH, EVENT_STREAM } from './control-link.ts';
import { fromStatus, someoneElse, unreachable } from './errors.ts';
import type { TerminalOutput, TerminalSession } from './link.ts';
import { createOutputBacklog } from './output-backlog.ts';
import { parseOutput } from './schema.ts';

export interface ControlSessionOptions {
  /** Where the bot listens: `http://127.0.0.1:8787`. */
  readonly address: string;
  /** What the token file in the data folder holds. */
  readonly token: string;
  readonly fetch: typeof globalThis.fetch;
}

/** Server-sent events to values. Comments and what is not JSON are left out. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
    rest = parts.pop() ?? '';
    for (const part of parts) {
      if (!part.startsWith('data: ')) continue;
      try {
        const value: unknown = JSON.parse(part.slice('data: '.length));
        yield value;
      } catch {
        // Not ours: something between us and the bot wrote it.
      }
    }
  }
}

async function messageOf(response: Response): Promise<string> {
  const value: unknown = await response.json().catch(() => undefined);
  const message: unknown =
    typeof value === 'object' && value !== null ? Reflect.get(value, 'message') : undefined;
  return typeof message === 'string' ? message : `The running bot answered with ${response.status}.`;
}

/** Joins the terminal of a running bot. Rejects with `auth_failed` on a wrong token, `network` when nobody listens and `bad_reply` when it is no bot that does. */
export async function joinTerminal(options: ControlSessionOptions): Promise<TerminalSession> {
  const headers = { authorization: `Bearer ${options.token}` };
  const backlog = createOutputBacklog();
  const closing = new AbortController();
  const ending = Promise.withResolvers<string | undefined>();
  const address = (part: string): string => new URL(`${CONTROL_PATH}/${part}`, options.address).href;

  const call = async (part: string, init: RequestInit): Promise<Response> => {
    const response = await options
      .fetch(address(part), { ...init, signal: closing.signal })
      .catch((error: unknown) => Promise.reject(unreachable(error)));
    if (!response.ok) throw fromStatus(response.status, await messageOf(response));
    return response;
  };

  const response = await call('events', { headers });
  if (response.headers.get('content-type') !== EVENT_STREAM) {
    closing.abort();
    throw someoneElse();
  }
  const follow = async (): Promise<void> => {
    if (response.body === null) return;
    for await (const value of readEvents(response.body)) {
      const output: TerminalOutput | undefined = parseOutput(value);
      if (output !== undefined) backlog.show(output);
    }
  };
  follow().then(
    () => ending.resolve('The bot has stopped.'),
    () => ending.resolve(closing.signal.aborted ? undefined : 'The connection to the bot broke.'),
  );

  return {
    async submit(input) {
      await call('input', {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(input),
      });
    },
    watch: backlog.watch,
    ended: ending.promise,
    close() {
      closing.abort();
      ending.resolve(undefined);
    },
  };
}
