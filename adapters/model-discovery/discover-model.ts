import type { Clock } from '../../core/ports/clock.ts';
import { type Candidate, candidates } from './candidates.ts';
import { firstChatModel } from './model-list.ts';

export interface DiscoveredModel {
  /** The program that serves it: `Ollama`. */
  readonly name: string;
  /** Up to and including `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
}

export interface DiscoveryOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** For all of them together. @default 300 */
  readonly timeoutMs?: number;
}

/** A longer list of models is none of ours. */
const maxBytes = 256 * 1024;

/**
 * Looks for a model on this machine: Ollama, llama.cpp, LM Studio, vLLM on their usual ports, all at once; of those
 * that answer in time with a chat model the first in this order is taken. Contacts 127.0.0.1 only and follows no
 * redirect. Whatever else listens there is no candidate. Never rejects.
 */
export async function discoverModel(options: DiscoveryOptions): Promise<DiscoveredModel | undefined> {
  const controller = new AbortController();
  const late = Promise.withResolvers<undefined>();
  const timer = options.clock.after(options.timeoutMs ?? 300, () => late.resolve(undefined));
  try {
    const probes = candidates.map((candidate) => probe(candidate, options.fetch, controller.signal));
    for (const answer of probes) {
      const found = await Promise.race([answer, late.promise]);
      if (found !== undefined) return found;
    }
    return undefined;
  } finally {
    timer.cancel();
    controller.abort();
  }
}

async function probe(
  candidate: Candidate,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<DiscoveredModel | undefined> {
  try {
    const response = await fetch(`${candidate.baseUrl}/models`, {
      signal,
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    const text = response.status === 200 ? await limitedText(response) : undefined;
    if (text === undefined) await response.body?.cancel();
    const model = text === undefined ? undefined : firstChatModel(text);
    return model === undefined ? undefined : { ...candidate, model };
  } catch {
    // Nothing listens, or it does not speak HTTP, or the time is over: no candidate.
    return undefined;
  }
}

async function limitedText(response: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.byteLength;
    if (bytes > maxBytes) return undefined;
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
