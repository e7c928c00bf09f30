import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import type { FakeVendor, VendorRequest } from '../fakes/upstream-server/vendor-server.ts';
import type { Front } from './proxy-agent-rig.ts';

const request = z.looseObject({ messages: z.array(z.unknown()) });
const threaded = z.object({
  thread: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('create') }),
      z.strictObject({ type: z.literal('continue'), previous_message_id: z.string() }),
    ])
    .optional(),
});
type Asked = z.infer<typeof request>;
const answer = z.looseObject({ id: z.string(), content: z.array(z.unknown()) });

const beta = 'message-threads-2026-08-12';
/** Kept from the request that created a thread; one that goes on with it must not have them. */
const kept = ['system', 'tools'] as const;

class Refusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  constructor(status: number, message: string, code?: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of incoming) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function refuse(outgoing: ServerResponse, { status, message, code }: Refusal): void {
  const details = code === undefined ? {} : { details: { error_code: code } };
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(
    JSON.stringify({ type: 'error', error: { type: 'invalid_request_error', message, ...details } }),
  );
}

/**
 * Stands before a vendor and holds talks for it: `thread` of a request that is not streamed (Anthropic, "Message threads",
 * https://platform.claude.com/docs/en/build-with-claude/message-threads). The vendor sees each talk whole.
 */
export async function holdingThreads(fake: FakeVendor): Promise<Front> {
  const requests: Pick<VendorRequest, 'headers' | 'text'>[] = [];
  /** By the id of the last answer: the request that a next one adds to. */
  const talks = new Map<string, Asked>();

  function wholeOf(text: string, betas: string): { readonly whole: Asked; readonly isHeld: boolean } {
    const body: unknown = JSON.parse(text);
    const { thread } = threaded.parse(body);
    const { thread: _, ...asked } = request.parse(body);
    if (thread === undefined) return { whole: asked, isHeld: false };
    if (!betas.includes(beta)) throw new Refusal(400, 'thread: Extra inputs are not permitted');
    if (thread.type === 'create') return { whole: asked, isHeld: true };
    for (const field of kept) {
      if (field in asked) throw new Refusal(400, `${field}: cannot be set when a thread is continued`);
    }
    const before = talks.get(thread.previous_message_id);
    if (before === undefined) throw new Refusal(404, 'thread not found', 'thread_not_found');
    const held = Object.fromEntries(
      kept.flatMap((field) => (field in before ? [[field, before[field]]] : [])),
    );
    return { whole: { ...asked, ...held, messages: [...before.messages, ...asked.messages] }, isHeld: true };
  }

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { headers } = incoming;
    const text = await bodyOf(incoming);
    requests.push({ headers, text });
    const { whole, isHeld } = wholeOf(text, String(headers['anthropic-beta']));
    const said = await fetch(`${fake.baseUrl}/messages`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'identity',
        'x-api-key': String(headers['x-api-key'] ?? headers.authorization?.replace('Bearer ', '')),
        'anthropic-version': String(headers['anthropic-version']),
      },
      body: JSON.stringify(whole),
    });
    const body = await said.text();
    if (isHeld && said.ok) {
      const { id, content } = answer.parse(JSON.parse(body));
      talks.set(id, { ...whole, messages: [...whole.messages, { role: 'assistant', content }] });
    }
    outgoing.writeHead(said.status, { 'content-type': 'application/json' });
    outgoing.end(body);
  }

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) =>
      refuse(outgoing, error instanceof Refusal ? error : new Refusal(500, String(error))),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { baseUrl: `http://127.0.0.1:${port}/v1`, requests };
}
