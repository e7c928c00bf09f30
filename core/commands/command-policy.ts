import { commandCatalogue } from './catalogue.ts';
import type { CommandLane, CommandSpec } from './command-spec.ts';
import { parseCommandLine } from './parse-command-line.ts';

export interface CommandPolicy {
  readonly lane: CommandLane;
  /** Works for people who have not been admitted. */
  readonly forStrangers: boolean;
}

/** How a line is to be treated before it runs. What is no command is answered with a hint, beside everything else. */
export function commandPolicy(
  line: string,
  catalogue: readonly CommandSpec[] = commandCatalogue,
): CommandPolicy {
  const parsed = parseCommandLine(line, catalogue);
  switch (parsed.kind) {
    case 'empty':
    case 'unknown':
      return { lane: 'beside', forStrangers: parsed.kind === 'empty' };
    default:
      return { lane: parsed.command.lane, forStrangers: parsed.command.forStrangers };
  }
}
