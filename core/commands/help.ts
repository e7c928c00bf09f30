import { nearest } from '../domain/nearest.ts';
import { type CommandSpec, commandName, commandUsage, isOffered } from './command-spec.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { inlineCode, literal } from './markdown-text.ts';
import { canonicalName, parseCommandLine } from './parse-command-line.ts';

/** A command as this person would type it here. */
export function typed(invocation: Pick<CommandInvocation, 'capabilities'>, text: string): string {
  return inlineCode(`${invocation.capabilities.commandPrefix}${text}`);
}

/** In a group most of what is said is not for the bot. */
export function howToTalk({ conversation }: Pick<CommandInvocation, 'conversation'>): string {
  return conversation.audience === 'group' ? 'Mention me in what you write' : 'Just write to me';
}

/** `help`, and `help <command>` for one command or all that begin with a word. */
export function runHelp(call: CommandCall): string {
  const { invocation, args, catalogue } = call;
  const offered = catalogue.filter((spec) => isOffered(spec, invocation));
  const asked = args['command'];
  if (asked === undefined) return overview(invocation, offered);
  const group = offered.filter(({ path }) => path.length > 1 && path[0] === canonicalName(asked));
  if (group.length > 0) return group.map((spec) => helpFor(invocation, spec)).join('\n\n');
  const parsed = parseCommandLine(asked, offered);
  if (parsed.kind === 'empty') return overview(invocation, offered);
  if (parsed.kind === 'unknown') return unknownCommand(invocation, parsed.name, parsed.suggestion);
  return helpFor(invocation, parsed.command);
}

function overview(invocation: CommandInvocation, offered: readonly CommandSpec[]): string {
  const intro = invocation.isAdmitted
    ? `${howToTalk(invocation)}; no command is needed for that. ${invocation.capabilities.feedbackHint}`
    : 'I do not know you yet, so this is all I can do for you:';
  const lines = offered.map((spec) => `- ${typed(invocation, commandUsage(spec))} – ${spec.summary}`);
  const more = invocation.isAdmitted ? [`More about one: ${typed(invocation, 'help <command>')}`] : [];
  return [intro, lines.join('\n'), ...more].join('\n\n');
}

/** How one command is typed and what it does. */
export function helpFor(invocation: CommandInvocation, spec: CommandSpec): string {
  return `${typed(invocation, commandUsage(spec))}\n${spec.details}`;
}

export function unknownCommand(
  invocation: CommandInvocation,
  name: string,
  suggestion: CommandSpec | undefined,
): string {
  const known =
    suggestion === undefined
      ? `${typed(invocation, 'help')} shows what there is.`
      : `Did you mean ${typed(invocation, commandUsage(suggestion))}? ${typed(invocation, 'help')} shows all of them.`;
  return `I know no command “${literal(name)}”. ${known}`;
}

/** The commands that begin with the word that was typed, where it is none by itself. */
export function groupHint(
  invocation: CommandInvocation,
  name: string,
  catalogue: readonly CommandSpec[],
): string | undefined {
  const [word = '', ...more] = canonicalName(name).split(' ');
  const group = catalogue.filter(
    (spec) => spec.path.length > 1 && spec.path[0] === word && isOffered(spec, invocation),
  );
  const isSlipOfThePen =
    nearest(
      more.join(' '),
      group.map(({ path }) => path[1] ?? ''),
    ) !== undefined;
  if (group.length === 0 || isSlipOfThePen) return undefined;
  const lines = group.map((spec) => `- ${typed(invocation, commandUsage(spec))} – ${spec.summary}`);
  return `After “${literal(word)}” comes one of these:\n${lines.join('\n')}`;
}

/** What to type, when something is missing or wrong. */
export function usageHint(invocation: CommandInvocation, spec: CommandSpec, problem: string): string {
  return `${problem} Type it like this: ${typed(invocation, commandUsage(spec))}\nMore: ${typed(invocation, `help ${commandName(spec)}`)}`;
}
