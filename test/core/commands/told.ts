import type { CommandInvocation } from '../../../core/commands/context.ts';
import { runCommand } from '../../../core/commands/run-command.ts';
import { type FakeWorld, invocation } from './command-fixtures.ts';

/** What a person reads: Markdown without its escapes and code marks, which only stand in the way in tests. */
export async function told(
  line: string,
  world: FakeWorld,
  changes: Partial<CommandInvocation> = {},
): Promise<string> {
  const { markdown } = await runCommand(invocation(line, changes), world.deps);
  return markdown.replaceAll(/\\(?=[!-/:-@[-`{-~])/g, '').replaceAll(/`(?!``)/g, '');
}
