export type Role = 'person' | 'maintainer' | 'operator';

/**
 * `overtake`: at once, before all that waits. `in_order`: after what the person wrote before. `beside`: at once, changes
 * nothing; one that a restart cut off is dropped when it has become old. `record`: at once, and writes something down:
 * never dropped.
 */
export type CommandLane = 'overtake' | 'in_order' | 'beside' | 'record';

/** Things with numbers that have to be looked up to be named. */
export type StoredNames = 'drafts' | 'runs' | 'policies';

export interface ArgumentSpec {
  readonly name: string;
  /** What to type there, for menus: a few words, no full stop. */
  readonly summary: string;
  /** `word`: one word, or several in quotes. `rest`: all that follows. `number`: a whole number from 1. */
  readonly kind: 'word' | 'rest' | 'number';
  readonly required: boolean;
  /** Where completions come from. */
  readonly completes?: 'skills' | 'commands' | StoredNames;
  /** As `ArgumentDescription.isSecret`. */
  readonly isSecret?: true;
}

/** What menus say of a command in another language; its own words are the same in all. */
export interface CommandTranslation {
  /** As `CommandSpec.summary`. */
  readonly summary: string;
  /** As `ArgumentSpec.summary`, by the argument's name. */
  readonly args?: Readonly<Record<string, string>>;
}

/** Everything that is known of a command without running it. */
export interface CommandSpec {
  /** Its words, lower case: `['skill', 'search']`. */
  readonly path: readonly string[];
  /** Other names that people try, as they would be typed. */
  readonly aliases: readonly string[];
  /** What it does, for lists: a few words, no full stop. */
  readonly summary: string;
  /** By locale (`de`, `pt-BR`). Whoever's language is not among them is shown `summary`. */
  readonly translations?: Readonly<Record<string, CommandTranslation>>;
  /** More about it, for `help <command>` and the documentation: whole sentences. */
  readonly details: string;
  /** At most the last is `rest`; required ones first. */
  readonly args: readonly ArgumentSpec[];
  /** The least role that may use it. */
  readonly role: Role;
  readonly lane: CommandLane;
  /** Who sees the answer. */
  readonly answer: 'private' | 'public';
  /** Works for people who have not been admitted. */
  readonly forStrangers: boolean;
  /** Left out of help and completion for people who have been admitted. */
  readonly onlyForStrangers: boolean;
  /** Whether it may be answered with a form: an adapter must know before anything else happens. */
  readonly opensForm: boolean;
}

/** As it is typed after the prefix: `skill search`. */
export function commandName(spec: Pick<CommandSpec, 'path'>): string {
  return spec.path.join(' ');
}

/** With its arguments: `skill show <name>`, `skill list [page]`. */
export function commandUsage(spec: Pick<CommandSpec, 'path' | 'args'>): string {
  const args = spec.args.map(({ name, required }) => (required ? `<${name}>` : `[${name}]`));
  return [...spec.path, ...args].join(' ');
}

const ranks: Readonly<Record<Role, number>> = { person: 0, maintainer: 1, operator: 2 };

export function mayUse(spec: Pick<CommandSpec, 'role'>, role: Role): boolean {
  return ranks[role] >= ranks[spec.role];
}

/** What a person is shown in help and completion. */
export function isOffered(
  spec: CommandSpec,
  person: { readonly role: Role; readonly isAdmitted: boolean },
): boolean {
  return person.isAdmitted ? mayUse(spec, person.role) && !spec.onlyForStrangers : spec.forStrangers;
}
