import type { ArgumentDescription, CommandDescription, SubcommandDescription } from '../ports/channel.ts';
import { commandCatalogue, groupSummaries } from './catalogue.ts';
import type { ArgumentSpec, CommandSpec } from './command-spec.ts';
import { menuLanguages } from './menu-languages.ts';

/** Commands for a platform's menu, one for each first word. Those that only strangers need are left out. */
export function describeCommands(
  catalogue: readonly CommandSpec[] = commandCatalogue,
): readonly CommandDescription[] {
  const offered = catalogue.filter((spec) => !spec.onlyForStrangers && spec.role === 'person');
  const names = new Set(offered.map(({ path }) => path[0] ?? ''));
  return [...names].flatMap((name) => {
    const [first, ...others] = offered.filter(({ path }) => path[0] === name);
    return first === undefined ? [] : [describe(name, [first, ...others])];
  });
}

type Summaries = Pick<SubcommandDescription, 'summary' | 'summaries'>;

/** `pick`: what a language says of it, where it says anything. */
function inLanguages<T>(
  summary: string,
  languages: Readonly<Record<string, T>>,
  pick: (language: T) => string | undefined,
): Summaries {
  const said = Object.entries(languages).flatMap(([locale, language]) => {
    const words = pick(language);
    return words === undefined ? [] : [[locale, words] as const];
  });
  return said.length === 0 ? { summary } : { summary, summaries: Object.fromEntries(said) };
}

const summariesOf = ({ summary, translations = {} }: CommandSpec): Summaries =>
  inLanguages(summary, translations, (translation) => translation.summary);

function describe(name: string, specs: readonly [CommandSpec, ...CommandSpec[]]): CommandDescription {
  const alone = specs.find(({ path }) => path.length === 1);
  const subcommands = specs.filter(({ path }) => path.length > 1).map(describeSubcommand);
  const group = groupSummaries[name];
  const [first] = specs;
  const summaries =
    group === undefined ? undefined : inLanguages(group, menuLanguages, ({ groups }) => groups[name]);
  return {
    name,
    ...(summaries ?? summariesOf(alone ?? first)),
    ...(subcommands.length === 0 ? {} : { subcommands }),
    ...(alone === undefined ? {} : usageOf(alone)),
  };
}

function describeSubcommand(spec: CommandSpec): SubcommandDescription {
  return { name: spec.path[1] ?? '', ...summariesOf(spec), ...usageOf(spec) };
}

function usageOf(spec: CommandSpec): Pick<SubcommandDescription, 'args' | 'opensForm'> {
  const { args, opensForm } = spec;
  return {
    ...(args.length === 0 ? {} : { args: args.map((argument) => describeArgument(argument, spec)) }),
    ...(opensForm ? { opensForm } : {}),
  };
}

function describeArgument(
  { name, summary, kind, required, completes, isSecret }: ArgumentSpec,
  spec: CommandSpec,
): ArgumentDescription {
  const summaries = inLanguages(summary, spec.translations ?? {}, ({ args }) => args?.[name]);
  return {
    ...{ name, ...summaries, kind, required, completes: completes !== undefined },
    ...(isSecret === undefined ? {} : { isSecret }),
  };
}
