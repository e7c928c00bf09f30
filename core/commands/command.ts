import type { CommandSpec } from './command-spec.ts';
import type { CommandAnswer, CommandCall } from './context.ts';

/** The one definition of a command. */
export interface Command extends CommandSpec {
  /** Answers as Markdown. Rejects when it cannot; what the person reads then is made by `runCommand`. */
  readonly run: (call: CommandCall) => string | CommandAnswer | Promise<string | CommandAnswer>;
}
