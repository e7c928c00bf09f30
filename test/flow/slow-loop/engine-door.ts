import { type Life, never } from './life.ts';

/** The way to the engine, which lets through as many requests as it was given. Polls and heartbeats ask for nothing new and pass. */
export interface EngineDoor {
  /** Of one process; its requests end with it. */
  fetchOf(life: Life): typeof globalThis.fetch;
  /** Lets so many more through. */
  give(requests: number): void;
  /** None passes from now on. */
  shut(): void;
  /** Requests that wait for it. */
  waiting(): number;
  /** Requests at the engine. */
  underWay(): number;
}

/** What asks for no new work. */
export const idleCalls = /\/(?:retrieve_future|session_heartbeat|client\/config|healthz|create_session)$/;

export function createEngineDoor(onRequest: (path: string) => void): EngineDoor {
  let credit = 0;
  let underWay = 0;
  const queue: (() => void)[] = [];

  function pump(): void {
    while (credit > 0) {
      const next = queue.shift();
      if (next === undefined) return;
      credit -= 1;
      next();
    }
  }

  const pass = (): Promise<void> =>
    new Promise((resolve) => {
      queue.push(resolve);
      pump();
    });

  /** Read whole, so that it counts as under way until then. */
  async function sent(input: string | URL | Request, init: RequestInit, life: Life): Promise<Response> {
    underWay += 1;
    const signals = [life.ended, ...(init.signal == null ? [] : [init.signal])];
    try {
      const response = await fetch(input, { ...init, signal: AbortSignal.any(signals) });
      const body = await response.arrayBuffer();
      const { status, headers } = response;
      return new Response(body.byteLength === 0 ? null : body, { status, headers });
    } finally {
      underWay -= 1;
    }
  }

  return {
    fetchOf: (life) => async (input, init) => {
      if (life.isOver()) return never;
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      onRequest(pathname);
      if (!idleCalls.test(pathname)) await pass();
      if (life.isOver()) return never;
      try {
        return await sent(input, init ?? {}, life);
      } catch (thrown) {
        if (life.isOver()) return never;
        throw thrown;
      }
    },
    give(requests) {
      credit += requests;
      pump();
    },
    shut() {
      credit = 0;
    },
    waiting: () => queue.length,
    underWay: () => underWay,
  };
}
