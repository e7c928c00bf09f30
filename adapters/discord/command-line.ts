import type {
  ArgumentDescription,
  CommandDescription,
  SubcommandDescription,
} from '../../core/ports/channel.ts';
import { ROOT_COMMAND } from './command-schema.ts';
import type { WireCommand, WireOption } from './wire.ts';

/** https://docs.discord.com/developers/interactions/application-commands#application-command-object-application-command-option-type */
const SUBCOMMAND = 1;
const SUBCOMMAND_GROUP = 2;

type Value = Omit<WireOption, 'options'>;

interface Invocation {
  /** The command's own words: `['skill', 'show']`. */
  readonly path: readonly string[];
  readonly values: readonly Value[];
}

function invocationOf({ name, options }: WireCommand): Invocation {
  const path = name === ROOT_COMMAND ? [] : [name];
  const [outer] = options ?? [];
  if (outer?.type === SUBCOMMAND) return { path: [...path, outer.name], values: outer.options ?? [] };
  if (outer?.type !== SUBCOMMAND_GROUP) return { path, values: options ?? [] };
  const [inner] = outer.options ?? [];
  return inner === undefined
    ? { path: [...path, outer.name], values: [] }
    : { path: [...path, outer.name, inner.name], values: inner.options ?? [] };
}

/** What a menu knows of a command by its words. */
function partOf(
  [first, second]: readonly string[],
  commands: readonly CommandDescription[],
): SubcommandDescription | undefined {
  const command = commands.find(({ name }) => name === first);
  return second === undefined ? command : command?.subcommands?.find(({ name }) => name === second);
}

const argumentsOf = (
  path: readonly string[],
  commands: readonly CommandDescription[],
): readonly ArgumentDescription[] => partOf(path, commands)?.args ?? [];

/** Whether it may be answered with a form, by what is registered. */
export const mayBeForm = (command: WireCommand, commands: readonly CommandDescription[]): boolean =>
  partOf(invocationOf(command).path, commands)?.opensForm === true;

const quotes: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['“', '”'],
  ['«', '»'],
];

/** As it would be typed in the catalogue's grammar: one word, in quotes where blanks or quotes stand in it. */
function wordText(value: string): string {
  if (/^[^\s"'“„«]\S*$/.test(value)) return value;
  const [open, close] = quotes.find(([, end]) => !value.includes(end)) ?? ['"', '"'];
  return `${open}${value.replaceAll(close, '')}${close}`;
}

const textOf = ({ value }: Value): string =>
  String(value ?? '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** In the order of the arguments, whatever the order in which they were filled in; those that are not known last. */
function inOrder(values: readonly Value[], args: readonly ArgumentDescription[]): readonly Value[] {
  const place = ({ name }: Value): number => {
    const index = args.findIndex((argument) => argument.name === name);
    return index === -1 ? args.length : index;
  };
  return values.toSorted((a, b) => place(a) - place(b));
}

/** The line that a person would have typed. */
export function commandLine(command: WireCommand, commands: readonly CommandDescription[]): string {
  const { path, values } = invocationOf(command);
  const args = argumentsOf(path, commands);
  const words = inOrder(values, args).map((value) => {
    const kind = args.find(({ name }) => name === value.name)?.kind ?? 'rest';
    return kind === 'word' ? wordText(textOf(value)) : textOf(value);
  });
  return [...path, ...words.filter((word) => word !== '')].join(' ');
}

/** The line up to where somebody is typing: what stands before the option, and what is typed in it so far. */
export function completionLine(
  command: WireCommand,
  commands: readonly CommandDescription[],
): { readonly prefix: string; readonly typed: string } | undefined {
  const { path, values } = invocationOf(command);
  const focused = values.find((value) => value.focused === true);
  if (focused === undefined) return undefined;
  const args = argumentsOf(path, commands);
  const index = args.findIndex(({ name }) => name === focused.name);
  const before = inOrder(
    values.filter((value) => args.slice(0, Math.max(0, index)).some(({ name }) => name === value.name)),
    args,
  ).map((value) => wordText(textOf(value)));
  const typed = String(focused.value ?? '')
    .replaceAll(/\s+/g, ' ')
    .trimStart();
  return { prefix: `${[...path, ...before.filter((word) => word !== '')].join(' ')} `, typed };
}
