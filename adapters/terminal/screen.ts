import type { TerminalOutput } from './link.ts';

/** Turns output into what is written to a terminal that can only append. Pure but for its memory of what stands there. */
export interface Screen {
  /** The characters to write for this output; empty when it shows nothing. */
  write(output: TerminalOutput): string;
  /** True while a message is half written: the cursor stands behind its last word. */
  readonly writing: boolean;
  /** How many messages have been shown to their end. */
  readonly completed: number;
}

/** So many messages are remembered, not to show one twice. */
const MAX_REMEMBERED = 500;

export function createScreen(): Screen {
  /** What was written of each message; `done` ones are not written again. */
  const written = new Map<string, { text: string; done: boolean }>();
  let open: string | undefined;
  let completed = 0;

  const entryOf = (messageId: string): { text: string; done: boolean } => {
    const entry = written.get(messageId) ?? { text: '', done: false };
    written.set(messageId, entry);
    for (const oldest of written.keys()) {
      if (written.size <= MAX_REMEMBERED) break;
      written.delete(oldest);
    }
    return entry;
  };
  /** Leaves another message's line, when the cursor stands in one. */
  const moveTo = (messageId: string): string => {
    const leaving = open !== undefined && open !== messageId ? '\n' : '';
    open = messageId;
    return leaving;
  };
  const append = (messageId: string, text: string): string => {
    const entry = entryOf(messageId);
    if (entry.done) return '';
    entry.text += text;
    return moveTo(messageId) + text;
  };
  const finish = (messageId: string, text: string, footnote: string | undefined): string => {
    const entry = entryOf(messageId);
    if (entry.done) return '';
    const rest = text.startsWith(entry.text)
      ? text.slice(entry.text.length)
      : `\n\nThe whole of it:\n${text}`;
    const lead = moveTo(messageId);
    entry.done = true;
    entry.text = '';
    open = undefined;
    completed += 1;
    return `${lead}${rest}\n${footnote === undefined ? '' : `  [${footnote}]\n`}\n`;
  };

  return {
    write(output) {
      switch (output.kind) {
        case 'append':
          return append(output.messageId, output.text);
        case 'message':
        case 'close':
          return finish(output.messageId, output.text, output.footnote);
        default:
          return '';
      }
    },
    get writing() {
      return open !== undefined;
    },
    get completed() {
      return completed;
    },
  };
}
