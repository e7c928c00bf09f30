import { z } from 'zod';
import { invalidForm } from './api-refusal.ts';

/** https://docs.discord.com/developers/reference#locales */
const locales = [
  ...['id', 'da', 'de', 'en-GB', 'en-US', 'es-ES', 'es-419', 'fr', 'hr', 'it', 'lt', 'hu', 'nl', 'no', 'pl'],
  ...['pt-BR', 'ro', 'fi', 'sv-SE', 'vi', 'tr', 'cs', 'el', 'bg', 'ru', 'uk', 'hi', 'th', 'zh-CN', 'ja'],
  ...['zh-TW', 'ko', 'ar', 'he'],
] as const;

/** https://docs.discord.com/developers/interactions/application-commands#application-command-object */
const localisations = z.partialRecord(z.enum(locales), z.string()).nullish();
const name = z.string().min(1).max(32);

const choice = z.strictObject({
  name: z.string().min(1).max(100),
  name_localizations: localisations,
  value: z.union([z.string().max(100), z.number()]),
});

const argument = z.strictObject({
  type: z.number().int().min(3).max(11),
  name,
  name_localizations: localisations,
  description: z.string().min(1).max(100),
  description_localizations: localisations,
  required: z.boolean().optional(),
  choices: z.array(choice).max(25).optional(),
  autocomplete: z.boolean().optional(),
  min_value: z.number().optional(),
  max_value: z.number().optional(),
  min_length: z.number().int().min(0).max(6_000).optional(),
  max_length: z.number().int().min(1).max(6_000).optional(),
  channel_types: z.array(z.number()).optional(),
});
export type CommandArgument = z.infer<typeof argument>;

const branch = {
  name,
  name_localizations: localisations,
  description: z.string().min(1).max(100),
  description_localizations: localisations,
};
const subcommand = z.strictObject({
  ...branch,
  type: z.literal(1),
  options: z.array(argument).max(25).optional(),
});
const group = z.strictObject({
  ...branch,
  type: z.literal(2),
  options: z.array(subcommand).max(25).optional(),
});
const option = z.union([subcommand, group, argument]);
export type CommandOption = z.infer<typeof option>;

const command = z.strictObject({
  id: z.string().optional(),
  type: z.union([z.literal(1), z.literal(2), z.literal(3)]).nullish(),
  name,
  name_localizations: localisations,
  description: z.string().max(100).nullish(),
  description_localizations: localisations,
  options: z.array(option).max(25).nullish(),
  default_member_permissions: z.union([z.string(), z.number()]).nullish(),
  dm_permission: z.boolean().nullish(),
  contexts: z.array(z.number().int().min(0).max(2)).nullish(),
  integration_types: z.array(z.number().int().min(0).max(1)).nullish(),
  nsfw: z.boolean().optional(),
});
export type GivenCommand = z.infer<typeof command>;

const chatName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const MAX_COMMAND_CHARS = 8_000;
/** By type: chat input, user, message. */
const MAX_COMMANDS: Readonly<Record<number, number>> = { 1: 100, 2: 15, 3: 15 };

const refuse = (path: string, code: string, message: string): never => {
  throw invalidForm(path, code, message);
};

function checkName(text: string, path: string): void {
  if (!chatName.test(text) || text !== text.toLowerCase()) {
    refuse(`${path}.name`, 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
}

const isArgument = (one: CommandOption): one is CommandArgument => one.type > 2;

function checkOptions(options: readonly CommandOption[], path: string): void {
  const names = options.map((one) => one.name);
  if (new Set(names).size !== names.length) {
    refuse(path, 'APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS', 'Option name already exists');
  }
  const kinds = new Set(options.map((one) => isArgument(one)));
  if (kinds.size > 1) {
    refuse(
      path,
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
  let isOptionalSeen = false;
  options.forEach((one, index) => {
    const at = `${path}.${index}`;
    checkName(one.name, at);
    if (!isArgument(one)) {
      checkOptions(one.options ?? [], `${at}.options`);
      return;
    }
    if (one.required === true && isOptionalSeen) {
      refuse(
        at,
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
    isOptionalSeen ||= one.required !== true;
    if (one.autocomplete === true && ((one.choices?.length ?? 0) > 0 || ![3, 4, 10].includes(one.type))) {
      refuse(at, 'APPLICATION_COMMAND_OPTIONS_AUTOCOMPLETE_INVALID', 'No autocompletion here');
    }
  });
}

interface Worded {
  readonly name: string;
  readonly name_localizations?: Readonly<Record<string, string>> | null | undefined;
  readonly description?: string | null | undefined;
  readonly description_localizations?: Readonly<Record<string, string>> | null | undefined;
  readonly options?: readonly Worded[] | null | undefined;
  readonly choices?: readonly { readonly name: string; readonly value: string | number }[] | undefined;
}

/** Of a text and its translations the longest counts. */
const longest = (text: string, others: Readonly<Record<string, string>> | null | undefined): number =>
  Math.max(text.length, ...Object.values(others ?? {}).map((other) => other.length));

const charsOf = (one: Worded): number =>
  longest(one.name, one.name_localizations) +
  longest(one.description ?? '', one.description_localizations) +
  (one.choices ?? []).reduce((sum, { name: label, value }) => sum + label.length + String(value).length, 0) +
  (one.options ?? []).reduce((sum, inside) => sum + charsOf(inside), 0);

/** Refuses what Discord refuses of the whole list of commands. */
export function readCommands(body: unknown): readonly GivenCommand[] {
  const parsed = z.array(command).safeParse(body);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse(issue?.path.join('.') ?? '', 'BASE_TYPE_INVALID', issue?.message ?? '');
  }
  const given = parsed.data;
  for (const [type, most] of Object.entries(MAX_COMMANDS)) {
    if (given.filter((one) => (one.type ?? 1) === Number(type)).length > most) {
      refuse('', 'APPLICATION_COMMAND_TOO_MANY', `Maximum number of application commands reached (${most}).`);
    }
  }
  const keys = given.map((one) => `${one.type ?? 1}/${one.name}`);
  if (new Set(keys).size !== keys.length) {
    refuse('', 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
  }
  given.forEach((one, index) => {
    const at = String(index);
    if ((one.type ?? 1) === 1) {
      checkName(one.name, at);
      if ((one.description ?? '') === '')
        refuse(`${at}.description`, 'BASE_TYPE_REQUIRED', 'This field is required');
      checkOptions(one.options ?? [], `${at}.options`);
    } else if ((one.description ?? '') !== '' || (one.options ?? []).length > 0) {
      refuse(
        at,
        'APPLICATION_COMMAND_CONTEXT_MENU_INVALID',
        'Context menu commands have no description and no options',
      );
    }
    if (charsOf(one) > MAX_COMMAND_CHARS) {
      refuse(at, 'APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)');
    }
  });
  return given;
}
