import type { ModelMessage } from '../../core/domain/model.ts';

/** A prompt's messages, as far as earlier turns can be left out of them. */
export interface ShortenedHistory {
  /** How many earlier turns there are. */
  readonly turns: number;
  /** The messages without so many of the oldest of these. */
  without(turns: number): readonly ModelMessage[];
}

/**
 * A turn is what a person said and everything up to what is said next. The instructions at the beginning always stay, and so does
 * the last that a person said, with everything after it.
 */
export function shortenedHistory(messages: readonly ModelMessage[]): ShortenedHistory {
  const said = messages.flatMap(({ role }, at) => (role === 'user' ? [at] : []));
  const head = messages.findIndex(({ role }) => role !== 'system');
  return {
    turns: Math.max(0, said.length - 1),
    without(turns) {
      const from = turns === 0 ? undefined : said[turns];
      return from === undefined ? messages : [...messages.slice(0, head), ...messages.slice(from)];
    },
  };
}
