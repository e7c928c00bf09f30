import type { CommandRegistry, RegisteredCommand } from './command-registry.ts';
import type { CommandArgument, CommandOption } from './command-rules.ts';
import type { FakeChannel, Json } from './guild-model.ts';

export type OptionValue = string | number | boolean;

/** What a person put together in the field of a slash command. */
export interface TypedCommand {
  readonly command: RegisteredCommand;
  /** Below the command: group and subcommand, as far as there are any. */
  readonly branch: readonly CommandOption[];
  readonly args: readonly CommandArgument[];
}

const isArgument = (option: CommandOption): option is CommandArgument => option.type > 2;
const inside = (option: CommandOption): readonly CommandOption[] =>
  'options' in option ? (option.options ?? []) : [];

/** Follows `skill list` from the command down to what takes arguments. The words that are left over come with it. */
export function followPath(
  commands: CommandRegistry,
  channel: FakeChannel,
  words: readonly string[],
): TypedCommand & { readonly rest: readonly string[] } {
  const [first = '', ...others] = words;
  const command = commands.find(channel, 1, first);
  if (command === undefined) throw new Error(`there is no command /${first} here`);
  const branch: CommandOption[] = [];
  let options = command.options;
  let rest = others;
  while (options.length > 0 && !options.every(isArgument)) {
    const next = options.find((option) => option.name === rest[0]);
    if (next === undefined) throw new Error(`/${words.join(' ')} leads nowhere`);
    branch.push(next);
    options = inside(next);
    rest = rest.slice(1);
  }
  return { command, branch, args: options.filter(isArgument), rest };
}

/** Refuses what Discord's own client does not let people send. */
function checkValue(arg: CommandArgument, value: OptionValue): void {
  const fits =
    arg.type === 4
      ? Number.isInteger(value)
      : arg.type === 10
        ? typeof value === 'number'
        : arg.type === 5
          ? typeof value === 'boolean'
          : typeof value === 'string';
  const size = typeof value === 'string' ? value.length : 0;
  const isInRange =
    typeof value !== 'number' ||
    (value >= (arg.min_value ?? -Infinity) && value <= (arg.max_value ?? Infinity));
  const isListed =
    (arg.choices ?? []).length === 0 || arg.choices?.some((choice) => choice.value === value) === true;
  if (!fits || !isInRange || !isListed || size > (arg.max_length ?? 6_000) || size < (arg.min_length ?? 0)) {
    throw new Error(`${arg.name} does not take ${String(value)}`);
  }
}

export function checkOptions(
  { args }: TypedCommand,
  values: Readonly<Record<string, OptionValue>>,
  isComplete: boolean,
): void {
  for (const [name, value] of Object.entries(values)) {
    const arg = args.find((one) => one.name === name);
    if (arg === undefined) throw new Error(`there is no option ${name}`);
    if (isComplete) checkValue(arg, value);
  }
  const missing = args.find((arg) => arg.required === true && values[arg.name] === undefined);
  if (isComplete && missing !== undefined) throw new Error(`${missing.name} is required`);
}

/** Words behind a command as a hurried person means them: one to each option in order, the rest to the last. */
export function valuesOf(
  { args }: TypedCommand,
  rest: readonly string[],
): Readonly<Record<string, OptionValue>> {
  const values: Record<string, OptionValue> = {};
  args.forEach((arg, index) => {
    const isLast = index === args.length - 1;
    const text = isLast ? rest.slice(index).join(' ') : (rest[index] ?? '');
    if (text !== '') values[arg.name] = arg.type === 4 || arg.type === 10 ? Number(text) : text;
  });
  if (args.length === 0 && rest.length > 0) throw new Error(`nothing follows: ${rest.join(' ')}`);
  return values;
}

/** The `data` of a command or a completion. */
export function commandData(
  { command, branch, args }: TypedCommand,
  values: Readonly<Record<string, OptionValue>>,
  focused?: string,
): Json {
  const given: readonly Json[] = args
    .filter((arg) => values[arg.name] !== undefined)
    .map((arg) => ({
      name: arg.name,
      type: arg.type,
      value: values[arg.name],
      ...(arg.name === focused ? { focused: true } : {}),
    }));
  const options = branch.reduceRight<readonly Json[]>(
    (below, option) => [{ name: option.name, type: option.type, options: below }],
    given,
  );
  return {
    id: command.id,
    name: command.name,
    type: 1,
    ...(command.guildId === undefined ? {} : { guild_id: command.guildId }),
    ...(options.length === 0 ? {} : { options }),
  };
}
