import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../core/ports/clock.ts';

/** The way to an engine whose training calls take their time, and what went over it. Milliseconds by the clock. */
export interface WatchedFetch {
  readonly fetch: typeof globalThis.fetch;
  /** Training calls that were sent and have no result yet. */
  underWay(): number;
  /** When each training call was sent. */
  readonly trainingSent: readonly number[];
  /** When each answer to a person was asked for. */
  readonly answersAsked: readonly number[];
}

const training: ReadonlySet<string> = new Set([
  'create_model',
  'forward',
  'forward_backward',
  'optim_step',
  'save_weights',
  'save_weights_for_sampler',
  'load_weights',
]);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

function jsonOf(body: unknown): Readonly<Record<string, unknown>> {
  const parsed: unknown = typeof body === 'string' ? JSON.parse(body) : undefined;
  return isObject(parsed) ? parsed : {};
}

/** `callMs`: how long the engine works on each training call, from its being sent to its result. What scores tokens for a run is one, too. */
export function createWatchedFetch(clock: Pick<Clock, 'monotonicMs'>, callMs: number): WatchedFetch {
  const trainingSent: number[] = [];
  const answersAsked: number[] = [];
  /** By request id, when each has its result, by `performance.now()`. */
  const doneAt = new Map<string, number>();

  async function submit(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
    trainingSent.push(clock.monotonicMs());
    const sentAt = performance.now();
    const response = await globalThis.fetch(input, init);
    const taken = jsonOf(await response.clone().text());
    const id = taken['request_id'];
    if (typeof id === 'string') doneAt.set(id, sentAt + callMs);
    return response;
  }

  return {
    async fetch(input, init) {
      const endpoint = new URL(input instanceof Request ? input.url : input).pathname.split('/').at(-1) ?? '';
      if (training.has(endpoint)) return submit(input, init);
      const body = jsonOf(init?.body);
      if (endpoint === 'asample') {
        if (body['prompt_logprobs'] === true) return submit(input, init);
        answersAsked.push(clock.monotonicMs());
      }
      const id = endpoint === 'retrieve_future' ? String(body['request_id']) : '';
      const due = doneAt.get(id);
      if (due === undefined) return globalThis.fetch(input, init);
      await sleep(
        Math.max(0, due - performance.now()),
        undefined,
        init?.signal ? { signal: init.signal } : {},
      );
      doneAt.delete(id);
      return globalThis.fetch(input, init);
    },
    underWay: () => doneAt.size,
    trainingSent,
    answersAsked,
  };
}
