import type { Tap, TapResult } from '../dialect-port.ts';
import { estimatedTokens } from './answer-parts.ts';
import { createEventStream } from './event-stream.ts';
import { createJsonBody } from './json-body.ts';

const openingBrace = 0x7b;

/** One answer in the making, in the terms of one dialect. Never throws. */
export interface AnswerReading {
  /** An event's data. */
  event(data: string): void;
  /** How the data of an event begins that is too long to be held. */
  shortened(head: string): void;
  /** The answer that came in one piece; undefined where the body was no JSON. */
  body(value: unknown): void;
  result(): TapResult;
}

interface Source {
  push(chunk: Uint8Array): void;
  end(): void;
}

function eventsInto(reading: AnswerReading): Source {
  return createEventStream({ event: reading.event, shortened: reading.shortened });
}

function bodyInto(reading: AnswerReading): Source {
  const body = createJsonBody();
  return { push: body.push, end: () => reading.body(body.end()) };
}

/**
 * Events where the content type says so. Servers name others wrongly or not at all: there an opening brace is the beginning of a
 * body, and anything else of events.
 */
export function createTap(contentType: string, reading: AnswerReading): Tap {
  let source = /\bevent-stream\b/i.test(contentType) ? eventsInto(reading) : undefined;
  let bytes = 0;
  let result: TapResult | undefined;
  return {
    push(chunk) {
      if (result !== undefined) return;
      bytes += chunk.length;
      if (source !== undefined) {
        source.push(chunk);
        return;
      }
      const begin = chunk.findIndex((byte) => !isWhiteSpace(byte));
      if (begin === -1) return;
      source = chunk[begin] === openingBrace ? bodyInto(reading) : eventsInto(reading);
      source.push(chunk.subarray(begin));
    },
    end() {
      if (result === undefined) {
        source?.end();
        result = orByBytes(reading.result(), bytes);
      }
      return result;
    },
  };
}

/** Of what nothing was read the size is known all the same. */
function orByBytes(result: TapResult, bytes: number): TapResult {
  const isUnread = !result.isWhole && result.usage === undefined && result.estimatedTokens === 0;
  return isUnread ? { ...result, estimatedTokens: estimatedTokens(bytes) } : result;
}

function isWhiteSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
