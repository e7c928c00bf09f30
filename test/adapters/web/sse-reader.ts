export interface SeenEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: unknown;
}

export interface SseReader {
  readonly events: readonly SeenEvent[];
  readonly comments: readonly string[];
  /** True once the server has ended the stream. */
  readonly ended: Promise<void>;
  /** Reads on until so many events came or the stream ends. */
  upTo(count: number): Promise<readonly SeenEvent[]>;
  /** Reads on until this many comments came. */
  untilComments(count: number): Promise<void>;
  cancel(): Promise<void>;
}

function parse(block: string): SeenEvent | undefined {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const type = fields.get('event');
  if (type === undefined) return undefined;
  return { id: fields.get('id'), type, data: JSON.parse(fields.get('data') ?? 'null') };
}

/** Reads server-sent events only as far as it is asked to. */
export function readEvents(response: Response): SseReader {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const events: SeenEvent[] = [];
  const comments: string[] = [];
  const ended = Promise.withResolvers<void>();
  let rest = '';
  const step = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (done) {
      ended.resolve();
      return false;
    }
    rest += value;
    const blocks = rest.split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event !== undefined) events.push(event);
      else comments.push(block);
    }
    return true;
  };
  return {
    events,
    comments,
    ended: ended.promise,
    async upTo(count) {
      while (events.length < count && (await step()));
      return events;
    },
    async untilComments(count) {
      while (comments.length < count && (await step()));
    },
    cancel: () => reader.cancel(),
  };
}
