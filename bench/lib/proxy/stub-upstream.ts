import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { listen } from '../throughput/listen.ts';
import { monotonicUs } from './monotonic-us.ts';

/**
 * The least of a model server, in a process of its own: a chat completion of 0.8 KB, or a stream of tokens each of which
 * says when it was written. Prints its address. What a request asks for stands in its query:
 *
 * - `tokens`: a stream of so many; `everyMs`: between two of them (absent: as fast as they are taken, `0`: each by itself)
 * - `talk`: the body is kept under this name until `/talks` is asked
 *
 * `/counts` tells how many requests there were, how many of them brought skills, and how many streams go on.
 */

const port = await listen(take);
process.stdout.write(`${port.address}\n`);
process.on('SIGTERM', () => process.exit());

const talks = new Map<string, string[]>();
let requests = 0;
let withSkills = 0;
let open = 0;

const words = 'The answer of a stub is as long as that of a model that was asked something simple. '.repeat(
  6,
);
const streamHeaders = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' };

/** Each answer is another, as a model's are. */
function completion(id: number): string {
  const content = `${words}${id}`;
  return `{"id":"chatcmpl-stub-${id}","object":"chat.completion","created":1750000000,"model":"stub","choices":[{"index":0,"message":{"role":"assistant","content":"${content}","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":400,"completion_tokens":120,"total_tokens":520}}`;
}

function chunk(id: number, delta: string, finish: string): string {
  return `data: {"id":"chatcmpl-stub-${id}","object":"chat.completion.chunk","created":1750000000,"model":"stub","choices":[{"index":0,"delta":${delta},"finish_reason":${finish}}]}\n\n`;
}

const token = (id: number): string => chunk(id, `{"content":"${monotonicUs().toFixed(0)} "}`, 'null');
const ending = (id: number): string => `${chunk(id, '{}', '"stop"')}data: [DONE]\n\n`;

async function stream(
  response: ServerResponse,
  id: number,
  tokens: number,
  pause: ((at: number) => Promise<unknown>) | undefined,
): Promise<void> {
  response.writeHead(200, streamHeaders);
  for (let at = 0; at < tokens && !response.destroyed; at += 1) {
    if (at > 0) await pause?.(at);
    if (!response.write(token(id)) && !response.destroyed) {
      await new Promise((resolve) => {
        response.once('drain', resolve);
        response.once('close', resolve);
      });
    }
  }
  response.end(ending(id));
}

/** What lies between two tokens. Of a pace the times are kept from the first on, so that none adds up. */
function pauses(everyMs: string | null): ((at: number) => Promise<unknown>) | undefined {
  if (everyMs === null) return undefined;
  if (everyMs === '0') return () => new Promise((resolve) => setImmediate(resolve));
  const startedMs = performance.now();
  return (at) => sleep(startedMs + at * Number(everyMs) - performance.now());
}

function answer(url: URL, body: Buffer, response: ServerResponse): void {
  requests += 1;
  const id = requests;
  if (body.includes('<skills>')) withSkills += 1;
  const talk = url.searchParams.get('talk');
  if (talk !== null) talks.set(talk, [...(talks.get(talk) ?? []), body.toString()]);
  const tokens = url.searchParams.get('tokens');
  if (tokens !== null) {
    open += 1;
    response.on('close', () => {
      open -= 1;
    });
    void stream(response, id, Number(tokens), pauses(url.searchParams.get('everyMs')));
    return;
  }
  const text = completion(id);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}

function take(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://stub');
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    if (url.pathname === '/counts') response.end(JSON.stringify({ requests, withSkills, open }));
    else if (url.pathname === '/talks') response.end(JSON.stringify(Object.fromEntries(talks)));
    else answer(url, Buffer.concat(parts), response);
  });
}
