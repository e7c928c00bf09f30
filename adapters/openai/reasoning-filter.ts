const open = '<think>';
const close = '</think>';

/** Takes text piece by piece and gives back what is meant to be read. */
export interface ReasoningFilter {
  add(piece: string): string;
  /** What was held back because it might have become a tag. */
  end(): string;
}

/**
 * Leaves out a `<think>…</think>` block at the start of an answer, with the blank lines around it, however the pieces
 * are cut. The same tags later in the text are the answer's own words.
 */
export function createReasoningFilter(): ReasoningFilter {
  let state: 'start' | 'thinking' | 'after' | 'text' = 'start';
  let held = '';

  function atStart(): string {
    const words = held.trimStart();
    if (words.startsWith(open)) {
      held = words.slice(open.length);
      state = 'thinking';
      return thinking();
    }
    if (open.startsWith(words)) return '';
    return release();
  }

  function thinking(): string {
    const end = held.indexOf(close);
    if (end === -1) {
      // Enough to recognise a tag that is cut in two; the thoughts themselves are not kept.
      held = held.slice(-(close.length - 1));
      return '';
    }
    held = held.slice(end + close.length);
    state = 'after';
    return atStart();
  }

  /** Blank lines before the first word are dropped, its indentation is kept. */
  function release(): string {
    const text = held.replace(/^\s*\n/, '');
    held = '';
    state = 'text';
    return text;
  }

  return {
    add(piece) {
      if (state === 'text') return piece;
      held += piece;
      return state === 'thinking' ? thinking() : atStart();
    },
    end() {
      if (state === 'thinking' || held.trim() === '') return '';
      return release();
    },
  };
}
