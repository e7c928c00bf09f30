import type { CommandDescription } from '../ports/channel.ts';
import { commandCatalogue, groupSummaries } from './catalogue.ts';
import type { CommandSpec } from './command-spec.ts';

/** Commands for a platform's menu, one for each first word. Those that only strangers need are left out. */
export function describeCommands(
  catalogue: readonly CommandSpec[] = commandCatalogue,
): readonly CommandDescription[] {
  const byName = new Map<string, CommandDescription>();
  for (const spec of catalogue) {
    const name = spec.path[0];
    if (name === undefined || spec.onlyForStrangers || spec.role !== 'person' || byName.has(name)) continue;
    byName.set(name, { name, summary: groupSummaries[name] ?? spec.summary });
  }
  return [...byName.values()];
}
