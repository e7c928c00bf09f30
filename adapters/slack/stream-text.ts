import type { Document } from '../../core/domain/document.ts';
import { MAX_TEXT_CHARS, measureDocument } from './measure-document.ts';
import { MAX_STREAM_CHARS } from './outbound.ts';
import { renderStreamed, stableStreamed } from './render-streamed.ts';

/** The last state of a stream. */
export interface StreamEnd {
  /** What is left to append, at most `MAX_STREAM_CHARS`. */
  readonly rest: string;
  /** Whether all that was appended shows the document as it should; otherwise the message has to be updated. */
  readonly isExact: boolean;
}

/** One message that grows while a model writes. */
export interface StreamText {
  /**
   * Takes more of the model's Markdown and gives what may be appended to the message now: only what can hardly change
   * any more, in Slack's flavour of Markdown, nothing in it a mention or another of Slack's control sequences. At most
   * `MAX_STREAM_CHARS`; may be empty.
   */
  push(markdown: string): string;
  /** `document`: all of what the message should show. Called once, at the end. */
  end(document: Document): StreamEnd;
}

/**
 * What is appended comes from the parsed tree of all text so far, never from the text itself. Where text that arrives
 * later gives earlier text another meaning (a definition of a link, an underlined heading) the stream waits, and the end
 * says that the message is not exact.
 */
export function createStreamText(parse: (markdown: string) => Document): StreamText {
  let source = '';
  let appended = '';

  return {
    push(markdown) {
      source += markdown;
      const document = parse(source);
      // What does not fit this message belongs to the next one.
      if (measureDocument(document) > MAX_TEXT_CHARS) return '';
      const stable = stableStreamed(document);
      if (!stable.startsWith(appended)) return '';
      const piece = takeChars(stable.slice(appended.length), MAX_STREAM_CHARS);
      appended += piece;
      return piece;
    },

    end(document) {
      const { text, isExact } = renderStreamed(document);
      if (!text.startsWith(appended)) return { rest: '', isExact: false };
      const rest = text.slice(appended.length);
      return rest.length > MAX_STREAM_CHARS ? { rest: '', isExact: false } : { rest, isExact };
    },
  };
}

/** At most so many characters, up to a blank where there is one, never within a character or an escape. */
function takeChars(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const blank = text.lastIndexOf(' ', maxChars);
  if (blank > 0) return text.slice(0, blank);
  const broken = /&[a-z]{0,3}$|\\$|[\ud800-\udbff]$/.exec(text.slice(0, maxChars));
  return text.slice(0, broken?.index ?? maxChars);
}
