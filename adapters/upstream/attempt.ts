import { type Dispatcher, errors } from 'undici';
import type { ServerHeaders } from './headers.ts';

/** Told of one request to one server as `UpstreamSink` is, never within the call that starts it, without a word about what it means. */
export interface AttemptSink {
  head(status: number, headers: ServerHeaders): void;
  /** False: no more until `resume`. */
  data(chunk: Uint8Array): boolean;
  end(): void;
  /** At any point, and nothing after it. */
  broke(thrown: unknown): void;
}

export interface Attempt {
  resume(): void;
  /** Ends it at once, at the server too, and silences it. Before the connection stands: nothing is sent on it. */
  cancel(): void;
}

/** Sends one request over one of the pool's connections. */
export function startAttempt(
  pool: Pick<Dispatcher, 'dispatch'>,
  request: Dispatcher.DispatchOptions,
  sink: AttemptSink,
): Attempt {
  let controller: Dispatcher.DispatchController | undefined;
  let isOver = false;
  let isStarting = true;

  function broke(thrown: unknown): void {
    if (isOver) return;
    isOver = true;
    sink.broke(thrown);
  }

  pool.dispatch(request, {
    onRequestStart(given) {
      controller = given;
      if (isOver) given.abort(new errors.RequestAbortedError());
    },
    onResponseStart(_, status, headers) {
      // Below 200 the answer is still to come (RFC 9110, 15.2).
      if (!isOver && status >= 200) sink.head(status, headers);
    },
    onResponseData(given, chunk) {
      if (!isOver && !sink.data(chunk)) given.pause();
    },
    onResponseEnd() {
      if (isOver) return;
      isOver = true;
      sink.end();
    },
    onResponseError(_, thrown) {
      if (isStarting) queueMicrotask(() => broke(thrown));
      else broke(thrown);
    },
  });
  isStarting = false;

  return {
    resume: () => controller?.resume(),
    cancel() {
      if (isOver) return;
      isOver = true;
      controller?.abort(new errors.RequestAbortedError());
    },
  };
}
