import type { ArgumentDescription, CommandDescription, SubcommandDescription } from '../ports/channel.ts';
import { commandCatalogue, groupSummaries } from './catalogue.ts';
import type { ArgumentSpec, CommandSpec } from './command-spec.ts';

/** Commands for a platform's menu, one for each first word. Those that only strangers need are left out. */
export function describeCommands(
  catalogue: readonly CommandSpec[] = commandCatalogue,
): readonly CommandDescription[] {
  const offered = catalogue.filter((spec) => !spec.onlyForStrangers && spec.role === 'person');
  const names = new Set(offered.map(({ path }) => path[0] ?? ''));
  return [...names].map((name) =>
    describe(
      name,
      offered.filter(({ path }) => path[0] === name),
    ),
  );
}

function describe(name: string, specs: readonly CommandSpec[]): CommandDescription {
  const alone = specs.find(({ path }) => path.length === 1);
  const subcommands = specs.filter(({ path }) => path.length > 1).map(describeSubcommand);
  return {
    name,
    summary: groupSummaries[name] ?? alone?.summary ?? specs[0]?.summary ?? '',
    ...(subcommands.length === 0 ? {} : { subcommands }),
    ...argumentsOf(alone),
  };
}

function describeSubcommand(spec: CommandSpec): SubcommandDescription {
  return { name: spec.path[1] ?? '', summary: spec.summary, ...argumentsOf(spec) };
}

function argumentsOf(spec: CommandSpec | undefined): Pick<SubcommandDescription, 'args'> {
  return spec === undefined || spec.args.length === 0 ? {} : { args: spec.args.map(describeArgument) };
}

function describeArgument({ name, summary, kind, required, completes }: ArgumentSpec): ArgumentDescription {
  return { name, summary, kind, required, completes: completes !== undefined };
}
