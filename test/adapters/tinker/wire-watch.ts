/** The real `fetch`, watched: how many requests are under way, bodies of answers included. */
export interface WireWatch {
  readonly fetch: typeof globalThis.fetch;
  /** Addresses without query, in order. */
  readonly sent: readonly string[];
  underWay(): number;
  /** So many microtasks after the next answer from this endpoint was read, something is done. */
  afterAnswer(endpoint: string, hops: number, act: () => void): void;
  /** Resolves when the next request ends, or at once where none is under way. */
  nextEnd(): Promise<void>;
}

export function createWireWatch(): WireWatch {
  const sent: string[] = [];
  let open = 0;
  let planned: { readonly endpoint: string; readonly hops: number; readonly act: () => void } | undefined;
  let watchers: (() => void)[] = [];
  const end = (): void => {
    open -= 1;
    const told = watchers;
    watchers = [];
    for (const tell of told) tell();
  };
  const answered = async (address: string): Promise<void> => {
    if (planned === undefined || !address.endsWith(planned.endpoint)) return;
    const { hops, act } = planned;
    planned = undefined;
    for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
    act();
  };
  return {
    sent,
    afterAnswer(endpoint, hops, act) {
      planned = { endpoint, hops, act };
    },
    underWay: () => open,
    nextEnd: () => (open === 0 ? Promise.resolve() : new Promise((resolve) => watchers.push(resolve))),
    async fetch(input, init) {
      open += 1;
      sent.push(String(input).split('?')[0] ?? '');
      let response: Response;
      try {
        response = await globalThis.fetch(input, init);
      } catch (thrown) {
        end();
        throw thrown;
      }
      const reader = response.body?.getReader();
      if (reader === undefined) {
        end();
        return response;
      }
      let isOver = false;
      const over = (): void => {
        if (isOver) return;
        isOver = true;
        end();
        void answered(String(input));
      };
      const watched = {
        async read() {
          try {
            const part = await reader.read();
            if (part.done) over();
            return part;
          } catch (thrown) {
            over();
            throw thrown;
          }
        },
        cancel() {
          over();
          return reader.cancel();
        },
      };
      Object.defineProperty(response, 'body', { value: { getReader: () => watched } });
      return response;
    },
  };
}
