import type { TerminalOutput } from './link.ts';

/** Enough for a few long answers; what is older than that is in the history of the conversation. */
const MAX_MESSAGES = 50;

/** Shows output to everybody who watches, and keeps whole messages for the next one when nobody does. */
export interface OutputBacklog {
  show(output: TerminalOutput): void;
  /** Gives the person what waited, then everything new. Returns the way to stop. */
  watch(listener: (output: TerminalOutput) => void): () => void;
}

export function createOutputBacklog(): OutputBacklog {
  const watchers = new Set<(output: TerminalOutput) => void>();
  let waiting: TerminalOutput[] = [];
  let commands: TerminalOutput | undefined;
  let activity: TerminalOutput | undefined;

  const keep = (output: TerminalOutput): void => {
    // Of a message that grows only the end is worth keeping: it holds all the text.
    const whole: TerminalOutput | undefined =
      output.kind === 'close'
        ? { ...output, kind: 'message' }
        : output.kind === 'message'
          ? output
          : undefined;
    if (whole === undefined) return;
    waiting = [...waiting, whole].slice(-MAX_MESSAGES);
  };

  return {
    show(output) {
      if (output.kind === 'commands') commands = output;
      if (output.kind === 'activity') activity = output;
      if (watchers.size === 0) keep(output);
      for (const watcher of [...watchers]) watcher(output);
    },
    watch(listener) {
      for (const output of [commands, ...waiting, activity]) if (output !== undefined) listener(output);
      waiting = [];
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
  };
}
