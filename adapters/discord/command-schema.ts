import { AppError } from '../../core/domain/app-error.ts';
import { cleanText } from '../../core/domain/clean-text.ts';
import { CORRECTION_FORM } from '../../core/domain/outbound-message.ts';
import type {
  ArgumentDescription,
  CommandDescription,
  SubcommandDescription,
} from '../../core/ports/channel.ts';
import { codePoints } from './code-points.ts';

/** Every command is a part of this one; those with subcommands are there by themselves too. */
export const ROOT_COMMAND = 'metaclaw';
const ROOT_SUMMARY = 'Everything that I can do';
/** In the languages of the commands, as far as they are here. */
const rootSummaries: Readonly<Record<string, string>> = { de: 'Alles, was ich kann' };

/** The entries of a message's menu, and the action that core knows each by. */
export const messageMenuActions: ReadonlyMap<string, string> = new Map([
  ['Correct this answer', CORRECTION_FORM],
]);

/** https://docs.discord.com/developers/interactions/application-commands */
const CHAT_INPUT = 1;
const MESSAGE_MENU = 3;
const SUBCOMMAND = 1;
const SUBCOMMAND_GROUP = 2;
const STRING = 3;
const INTEGER = 4;
const maxCommands = 100;
const maxOptions = 25;
const maxSummaryChars = 100;
const maxCommandChars = 8_000;
const commandName = /^[-_\p{Ll}\p{Lo}\p{N}]{1,32}$/u;
/** In servers, and in direct messages with the bot; not where it was not invited. */
const GUILD_CONTEXT = 0;
const BOT_DM_CONTEXT = 1;
const GUILD_INSTALL = 0;

/** https://docs.discord.com/developers/reference#locales */
const locales: ReadonlySet<string> = new Set(
  'ar bg cs da de el en-GB en-US es-419 es-ES fi fr he hi hr hu id it ja ko lt nl no pl pt-BR ro ru sv-SE th tr uk vi zh-CN zh-TW'.split(
    ' ',
  ),
);

type Summaries = Readonly<Record<string, string>>;

export interface CommandOption {
  readonly type: number;
  readonly name: string;
  readonly description: string;
  readonly description_localizations?: Summaries;
  readonly required?: boolean;
  readonly autocomplete?: boolean;
  readonly min_value?: number;
  readonly options?: readonly CommandOption[];
}

export interface CommandSchema {
  readonly type: number;
  readonly name: string;
  readonly description?: string;
  readonly description_localizations?: Summaries;
  readonly options?: readonly CommandOption[];
  readonly contexts?: readonly number[];
  readonly integration_types?: readonly number[];
}

function problem(message: string): AppError {
  return new AppError('invalid_input', message);
}

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly summaries?: Summaries;
}

function described({ name, summary, summaries = {} }: Described) {
  if (!commandName.test(name)) {
    throw problem(
      `Discord takes command names of 1 to 32 lower-case letters, and not "${name.slice(0, 40)}".`,
    );
  }
  const check = (text: string): string => {
    const clean = cleanText(text).trim();
    if (clean === '' || codePoints(clean) > maxSummaryChars) {
      throw problem(`What Discord shows of "${name}" must have 1 to ${maxSummaryChars} characters.`);
    }
    return clean;
  };
  const others = Object.entries(summaries)
    .filter(([locale]) => locales.has(locale))
    .map(([locale, text]) => [locale, check(text)] as const);
  return {
    name,
    description: check(summary),
    ...(others.length === 0 ? {} : { description_localizations: Object.fromEntries(others) }),
  };
}

function withOptions(
  options: readonly CommandOption[],
  name: string,
): { readonly options?: readonly CommandOption[] } {
  if (options.length > maxOptions) {
    throw problem(`Discord takes ${maxOptions} parts of a command; "${name}" has ${options.length}.`);
  }
  if (new Set(options.map((option) => option.name)).size < options.length) {
    throw problem(`Two parts of the command "${name}" have the same name.`);
  }
  return options.length === 0 ? {} : { options };
}

const argument = (arg: ArgumentDescription): CommandOption => ({
  type: arg.kind === 'number' ? INTEGER : STRING,
  ...described(arg),
  ...(arg.required ? { required: true } : {}),
  ...(arg.completes ? { autocomplete: true } : {}),
  ...(arg.kind === 'number' ? { min_value: 1 } : {}),
});

/** Discord wants those that must be given first. */
const argumentsOf = ({ args = [], name }: SubcommandDescription) =>
  withOptions(args.toSorted((a, b) => Number(b.required) - Number(a.required)).map(argument), name);

const subcommand = (part: SubcommandDescription): CommandOption => ({
  type: SUBCOMMAND,
  ...described(part),
  ...argumentsOf(part),
});

function optionsOf(command: CommandDescription): { readonly options?: readonly CommandOption[] } {
  const { subcommands } = command;
  return subcommands === undefined
    ? argumentsOf(command)
    : withOptions(subcommands.map(subcommand), command.name);
}

const partOfRoot = (command: CommandDescription): CommandOption =>
  command.subcommands === undefined
    ? subcommand(command)
    : { type: SUBCOMMAND_GROUP, ...described(command), ...optionsOf(command) };

function rootOf(commands: readonly CommandDescription[]) {
  const spoken = new Set(commands.flatMap(({ summaries = {} }) => Object.keys(summaries)));
  const summaries = Object.fromEntries(
    Object.entries(rootSummaries).filter(([locale]) => spoken.has(locale)),
  );
  return described({ name: ROOT_COMMAND, summary: ROOT_SUMMARY, summaries });
}

/** Names, descriptions and values count, each in its longest language. */
function charsOf(part: CommandSchema | CommandOption): number {
  const { name, description = '', description_localizations: others = {}, options = [] } = part;
  const longest = Math.max(...[description, ...Object.values(others)].map(codePoints));
  return options.reduce((sum, option) => sum + charsOf(option), codePoints(name) + longest);
}

/**
 * What Discord is told of the commands: `/metaclaw` with all of them, each group also by itself, and the menu of
 * messages. `global`: for every server and for direct messages; else for one server. Throws `invalid_input` where Discord
 * would refuse it.
 */
export function commandSchemas(
  commands: readonly CommandDescription[],
  scope: 'global' | 'guild',
): readonly CommandSchema[] {
  const where =
    scope === 'guild'
      ? {}
      : { contexts: [GUILD_CONTEXT, BOT_DM_CONTEXT], integration_types: [GUILD_INSTALL] };
  const root: CommandSchema = {
    type: CHAT_INPUT,
    ...rootOf(commands),
    ...withOptions(commands.map(partOfRoot), ROOT_COMMAND),
    ...where,
  };
  const groups = commands
    .filter(({ subcommands, name }) => subcommands !== undefined && name !== ROOT_COMMAND)
    .map((command) => ({ type: CHAT_INPUT, ...described(command), ...optionsOf(command), ...where }));
  const typed = [...(commands.length === 0 ? [] : [root]), ...groups];
  if (typed.length > maxCommands) throw problem(`Discord takes ${maxCommands} commands of an application.`);
  for (const command of typed) {
    if (charsOf(command) > maxCommandChars) {
      throw problem(`Discord takes ${maxCommandChars} characters of the command "${command.name}".`);
    }
  }
  const menu = [...messageMenuActions.keys()].map((name) => ({ type: MESSAGE_MENU, name, ...where }));
  return [...typed, ...menu];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What of a command is ours to say; whatever else Discord adds when it lists them is left out. */
const comparedFields: readonly string[] = [
  'type',
  'name',
  'name_localizations',
  'description',
  'description_localizations',
  'options',
  'required',
  'autocomplete',
  'choices',
  'min_value',
  'max_value',
  'min_length',
  'max_length',
  'channel_types',
  'contexts',
  'integration_types',
  'default_member_permissions',
  'nsfw',
];
const sets: ReadonlySet<string> = new Set(['contexts', 'integration_types']);
const languages: ReadonlySet<string> = new Set(['name_localizations', 'description_localizations']);

const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === false ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (isRecord(value) && Object.keys(value).length === 0);

function canonical(value: unknown, scope: 'global' | 'guild'): unknown {
  if (Array.isArray(value)) return value.map((item) => canonical(item, scope));
  if (!isRecord(value)) return value;
  const fields = comparedFields.filter((field) => !(scope === 'guild' && sets.has(field)));
  return fields.flatMap((field) => {
    const held = value[field];
    if (isNothing(held)) return [];
    if (sets.has(field) && Array.isArray(held)) return [[field, held.map(String).sort()]];
    if (languages.has(field) && isRecord(held)) {
      return [[field, Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1))]];
    }
    return [[field, canonical(held, scope)]];
  });
}

/**
 * Whether what is registered is what is wanted; the order of commands does not count, that of options does. `registered`:
 * the list as Discord gives it, asked for `with_localizations`.
 */
export function sameCommands(
  registered: unknown,
  wanted: readonly CommandSchema[],
  scope: 'global' | 'guild',
): boolean {
  if (!Array.isArray(registered)) return false;
  const texts = (commands: readonly unknown[]): readonly string[] =>
    commands.map((command) => JSON.stringify(canonical(command, scope))).sort();
  return JSON.stringify(texts(registered)) === JSON.stringify(texts(wanted));
}
