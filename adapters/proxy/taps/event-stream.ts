import { createParser } from 'eventsource-parser';
import { createKeptText } from './kept-text.ts';

const maxLineChars = 1_000_000;
/** A chunk is read in parts no longer than this: then a line above the bound always spans several of them, however the bytes came. */
const maxPartBytes = 65_536;
const headChars = 400;
const lineFeed = 10;

export interface EventSink {
  /** The data of one event; its name is left out, since every dialect repeats it there. */
  event(data: string): void;
  /** In place of `event` where one of its lines is too long to be held. `head`: how its data begins. */
  shortened(head: string): void;
}

/** Server-sent events (WHATWG HTML, 9.2), from bytes that are cut anywhere. */
export interface EventStream {
  push(chunk: Uint8Array): void;
  /** An event that lacks its closing blank line counts too; a line that is cut off above the bound does not. */
  end(): void;
}

/**
 * Holds at most `maxChars` of a line: of a longer one the beginning is kept and the rest passed over. Where the lines of one event
 * exceed that together nothing more is read.
 */
export function createEventStream(sink: EventSink, maxChars: number = maxLineChars): EventStream {
  const decoder = new TextDecoder();
  const partBytes = Math.min(maxPartBytes, Math.max(1, Math.floor(maxChars / 2)));
  const mostHeadChars = Math.min(headChars, maxChars);
  /** The last line, as long as its end has not come. */
  const line = createKeptText();
  let lineChars = 0;
  let isTooLong = false;
  let isShortened = false;
  let isOver = false;

  const parser = createParser({
    // Whole lines only are fed, so that this bounds the lines of one event together. One line alone never reaches it.
    maxBufferSize: maxChars + 16,
    onEvent({ data }) {
      if (isShortened) sink.shortened(data);
      else sink.event(data);
      isShortened = false;
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') isOver = true;
    },
  });

  function hold(piece: string): void {
    lineChars += piece.length;
    if (isTooLong) return;
    line.add(piece);
    if (lineChars <= maxChars) return;
    const head = line.text().slice(0, mostHeadChars);
    line.clear();
    line.add(head);
    isTooLong = true;
  }

  function takeLine(): string {
    const whole = line.text();
    if (isTooLong && whole.startsWith('data')) isShortened = true;
    line.clear();
    lineChars = 0;
    isTooLong = false;
    return whole;
  }

  function read(text: string): void {
    if (isOver || text === '') return;
    if (lineChars === 0 && text.charCodeAt(text.length - 1) === lineFeed) {
      parser.feed(text);
      return;
    }
    const afterLast = Math.max(text.lastIndexOf('\n'), text.lastIndexOf('\r')) + 1;
    if (afterLast === 0) {
      hold(text);
      return;
    }
    const first = lineChars === 0 ? 0 : firstLineEnd(text);
    if (first > 0) hold(text.slice(0, first));
    const begun = lineChars === 0 ? '' : takeLine();
    parser.feed(begun + text.slice(first, afterLast));
    if (afterLast < text.length) hold(text.slice(afterLast));
  }

  return {
    push(chunk) {
      if (chunk.length <= partBytes) {
        read(decoder.decode(chunk, { stream: true }));
        return;
      }
      for (let at = 0; at < chunk.length && !isOver; at += partBytes) {
        read(decoder.decode(chunk.subarray(at, at + partBytes), { stream: true }));
      }
    },
    end() {
      read(decoder.decode());
      if (isOver) return;
      const rest = isTooLong ? '' : takeLine();
      parser.feed(`${rest}\n\n`);
    },
  };
}

/** There must be one. */
function firstLineEnd(text: string): number {
  const lf = text.indexOf('\n');
  const cr = text.indexOf('\r');
  if (lf === -1) return cr;
  return cr === -1 ? lf : Math.min(lf, cr);
}
