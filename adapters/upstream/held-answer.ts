import type { UpstreamHead, UpstreamSink } from '../../core/ports/upstream.ts';

/** An answer that was not passed on, as something better may come; it reaches the caller where nothing does. */
export interface HeldAnswer {
  /** False: it is too long to be held. */
  push(chunk: Uint8Array): boolean;
  /** Tells it as a server would. True: it was told to its end; false: the end waits, as the sink wants no more now. */
  tell(sink: Pick<UpstreamSink, 'head' | 'data'>): boolean;
}

/** Errors are short. */
const longestBytes = 64 * 1024;

export function createHeldAnswer(head: UpstreamHead): HeldAnswer {
  const chunks: Uint8Array[] = [];
  let bytes = 0;

  return {
    push(chunk) {
      bytes += chunk.byteLength;
      if (bytes > longestBytes) return false;
      chunks.push(Uint8Array.from(chunk));
      return true;
    },
    tell(sink) {
      sink.head(head);
      return bytes === 0 || sink.data(Buffer.concat(chunks));
    },
  };
}
