/** One event as it goes over the wire. Of two waiting events with the same `replaces`, the newer stands for both. */
export interface StreamEvent {
  readonly text: string;
  readonly replaces?: string;
}

export interface AccountStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Never waits and never grows beyond the bounds: a reader that is too slow gets `resync` in place of what it missed. */
  push(event: StreamEvent): void;
  /** A sign of life. False when the reader has taken nothing for several beats and should be let go. */
  beat(): boolean;
  end(): void;
}

export interface AccountStreamOptions {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Sent in place of what was dropped. */
  readonly resync: string;
  /** Called once, however the stream ends. */
  readonly onEnd: () => void;
}

const SILENT_BEATS = 4;
const encoder = new TextEncoder();

/** The sending half of one server-sent event stream. */
export function createAccountStream(options: AccountStreamOptions): AccountStream {
  let waiting: StreamEvent[] = [];
  let waitingChars = 0;
  let unreadBeats = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  let controllerOf: ReadableStreamDefaultController<Uint8Array> | undefined;

  const finish = (): void => {
    if (ended) return;
    ended = true;
    waiting = [];
    wake?.();
    options.onEnd();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controllerOf = controller;
      },
      // Called when the reader wants more: with nothing to give it stays pending, so that waiting events stay here, countable.
      async pull(controller) {
        if (waiting.length === 0 && !ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
        if (ended) return;
        const chunk = waiting.map((event) => event.text).join('');
        waiting = [];
        waitingChars = 0;
        unreadBeats = 0;
        controller.enqueue(encoder.encode(chunk));
      },
      cancel: finish,
    },
    { highWaterMark: 0 },
  );
  const push = (event: StreamEvent): void => {
    if (ended) return;
    if (event.replaces !== undefined) {
      const index = waiting.findIndex((other) => other.replaces === event.replaces);
      const [older] = index === -1 ? [] : waiting.splice(index, 1);
      waitingChars -= older?.text.length ?? 0;
    }
    waiting.push(event);
    waitingChars += event.text.length;
    if (waiting.length > options.maxEvents || waitingChars > options.maxBytes) {
      waiting = [{ text: options.resync }];
      waitingChars = options.resync.length;
    }
    wake?.();
  };

  return {
    body,
    push,
    beat() {
      if (waiting.length > 0) unreadBeats += 1;
      else push({ text: ': beat\n\n', replaces: 'beat' });
      return unreadBeats < SILENT_BEATS;
    },
    end() {
      if (ended) return;
      finish();
      try {
        controllerOf?.close();
      } catch {
        // The reader has cancelled meanwhile.
      }
    },
  };
}
