import type { Choice } from '../ports/channel.ts';
import { commandCatalogue } from './catalogue.ts';
import {
  type CommandSpec,
  commandName,
  commandUsage,
  isOffered,
  type Role,
  type StoredNames,
} from './command-spec.ts';
import { shortened } from './markdown-text.ts';
import { canonicalName, withoutPrefix } from './parse-command-line.ts';

export interface CompletionContext {
  readonly role: Role;
  readonly isAdmitted: boolean;
  /** Asked only when a skill's name is being typed. */
  readonly skills: () => readonly NamedThing[];
  /** Asked only when one of the kind that `storedNamesIn` told is being named, with that kind. Default: none. */
  readonly stored?: (kind: StoredNames) => readonly NamedThing[];
}

export interface NamedThing {
  readonly name: string;
  readonly description: string;
}

/** The most that every platform shows. */
const maxChoices = 25;
const hintChars = 90;

/**
 * What may follow what is typed so far, best first, at most 25. A choice's value is the whole line without a prefix,
 * with a blank at its end where an argument has to follow. Never throws.
 */
export function completeCommandLine(
  line: string,
  context: CompletionContext,
  catalogue: readonly CommandSpec[] = commandCatalogue,
): readonly Choice[] {
  const offered = catalogue.filter((spec) => isOffered(spec, context));
  const text = withoutPrefix(line);
  const choices = [...commandChoices(text, offered), ...argumentChoices(text, offered, context)];
  return choices.slice(0, maxChoices);
}

function commandChoices(text: string, offered: readonly CommandSpec[]): readonly Choice[] {
  const typed = canonicalName(text);
  const begun = offered.filter((spec) => commandName(spec).startsWith(typed));
  // `search` finds `skill search`.
  const later = offered.filter((spec) => !begun.includes(spec) && spec.path.slice(1).some(beginsAs(typed)));
  const isFinished = /\s$/.test(text) && offered.some((spec) => commandName(spec) === typed);
  const wanted = typed === '' ? begun : [...begun, ...later];
  return wanted.filter((spec) => !(isFinished && commandName(spec) === typed)).map(commandChoice);
}

const beginsAs =
  (typed: string) =>
  (word: string): boolean =>
    word.startsWith(typed);

function commandChoice(spec: CommandSpec): Choice {
  const mustGoOn = spec.args.some(({ required }) => required);
  return {
    value: `${commandName(spec)}${mustGoOn ? ' ' : ''}`,
    label: commandUsage(spec),
    hint: spec.summary,
  };
}

function argumentChoices(
  text: string,
  offered: readonly CommandSpec[],
  context: CompletionContext,
): readonly Choice[] {
  for (const spec of offered) {
    const rest = argumentText(text, spec);
    const completes = spec.args[0]?.completes;
    if (rest === undefined || completes === undefined) continue;
    const typed = canonicalName(rest);
    const options = optionsFor(completes, offered, context);
    return ranked(options, typed).map(({ name, hint }) => ({
      value: `${commandName(spec)} ${name}`,
      label: name,
      hint: shortened(hint, hintChars),
    }));
  }
  return [];
}

function optionsFor(
  completes: NonNullable<CommandSpec['args'][number]['completes']>,
  offered: readonly CommandSpec[],
  context: CompletionContext,
): readonly { readonly name: string; readonly hint: string }[] {
  if (completes === 'commands') {
    return offered.map((other) => ({ name: commandName(other), hint: other.summary }));
  }
  const named = completes === 'skills' ? context.skills() : (context.stored?.(completes) ?? []);
  // A name stands in several scopes; the first one is what it means here.
  const first = new Map<string, string>();
  for (const { name, description } of named) if (!first.has(name)) first.set(name, description);
  return [...first].map(([name, hint]) => ({ name, hint }));
}

/** What the line is about to name, where that has to be looked up first. */
export function storedNamesIn(
  line: string,
  catalogue: readonly CommandSpec[] = commandCatalogue,
): StoredNames | undefined {
  const text = withoutPrefix(line);
  for (const spec of catalogue) {
    const completes = spec.args[0]?.completes;
    if (completes === undefined || completes === 'skills' || completes === 'commands') continue;
    if (argumentText(text, spec) !== undefined) return completes;
  }
  return undefined;
}

/** What was typed after a command's name and a blank. */
function argumentText(text: string, spec: CommandSpec): string | undefined {
  const pattern = new RegExp(`^${spec.path.join('[-_\\s]+')}(?:@\\S*)?\\s+(.*)$`, 'is');
  return pattern.exec(text)?.[1];
}

/** Those that begin with what was typed, then those that contain it. */
function ranked<Option extends { readonly name: string }>(
  options: readonly Option[],
  typed: string,
): readonly Option[] {
  const nameOf = ({ name }: Option): string => canonicalName(name);
  const begins = options.filter((option) => nameOf(option).startsWith(typed));
  const contains = options.filter((option) => !begins.includes(option) && nameOf(option).includes(typed));
  return [...begins, ...contains];
}
