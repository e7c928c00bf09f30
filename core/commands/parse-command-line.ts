import { nearest } from '../domain/nearest.ts';
import { type ArgumentSpec, type CommandSpec, commandName } from './command-spec.ts';
import { readWords, type Word } from './words.ts';

export type ParsedCommand<Spec extends CommandSpec> =
  | { readonly kind: 'command'; readonly command: Spec; readonly args: Readonly<Record<string, string>> }
  | { readonly kind: 'missing_argument'; readonly command: Spec; readonly argument: ArgumentSpec }
  | { readonly kind: 'bad_argument'; readonly command: Spec; readonly argument: ArgumentSpec }
  /** `name`: what was typed in the command's place. */
  | { readonly kind: 'unknown'; readonly name: string; readonly suggestion: Spec | undefined }
  | { readonly kind: 'empty' };

interface Match<Spec> {
  readonly command: Spec;
  readonly isAlias: boolean;
  /** How many words name it. */
  readonly words: number;
}

const lead = /^[\s/!]*(?:metaclaw(?:@\S*)?(?=\s|$)\s*[/!]?)?/i;

/** The line without prefixes that people type out of habit: `/`, `!`, `/metaclaw `. */
export function withoutPrefix(line: string): string {
  return line.replace(lead, '');
}

/** `skill_list`, `Skill-List` and `skill list` are one name. */
export function canonicalName(text: string): string {
  return text
    .replace(/@\S*$/, '')
    .toLowerCase()
    .replaceAll(/[-_\s]+/g, ' ')
    .trim();
}

/**
 * What a person meant by a line. Never throws. Words beyond a command's arguments are ignored.
 */
export function parseCommandLine<Spec extends CommandSpec>(
  line: string,
  catalogue: readonly Spec[],
): ParsedCommand<Spec> {
  const text = withoutPrefix(line);
  const words = readWords(text);
  const [first] = words;
  if (first === undefined) return { kind: 'empty' };
  const match = findCommand(words, catalogue);
  const parsed = match === undefined ? undefined : readArguments(text, words, match);
  // `skill` alone stands for the list, but `skill pdf` is no page of it.
  const isWrongAlias = match?.isAlias === true && match.words === 1 && parsed?.kind === 'bad_argument';
  if (parsed === undefined || isWrongAlias) return unknown(words, catalogue);
  return parsed;
}

const longestPathWords = 2;

function findCommand<Spec extends CommandSpec>(
  words: readonly Word[],
  catalogue: readonly Spec[],
): Match<Spec> | undefined {
  for (let count = Math.min(longestPathWords, words.length); count > 0; count -= 1) {
    const name = typedName(words, count);
    const byPath = catalogue.find((spec) => commandName(spec) === name);
    if (byPath !== undefined) return { command: byPath, isAlias: false, words: count };
    const byAlias = catalogue.find((spec) => spec.aliases.includes(name));
    if (byAlias !== undefined) return { command: byAlias, isAlias: true, words: count };
  }
  return undefined;
}

/** `feedback bad: too long` is `feedback bad`. */
function typedName(words: readonly Word[], count: number): string {
  return words
    .slice(0, count)
    .map((word, index) => canonicalName(index === count - 1 ? word.text.replace(/[:,]$/, '') : word.text))
    .join(' ');
}

function readArguments<Spec extends CommandSpec>(
  text: string,
  words: readonly Word[],
  { command, words: nameWords }: Match<Spec>,
): ParsedCommand<Spec> {
  const args: Record<string, string> = {};
  for (const [index, argument] of command.args.entries()) {
    const word = words[nameWords + index];
    const isLastWord = nameWords + index === words.length - 1;
    const value =
      word === undefined
        ? ''
        : (argument.kind === 'rest' && !isLastWord ? text.slice(word.start) : word.text).trim();
    if (value === '') {
      if (argument.required) return { kind: 'missing_argument', command, argument };
      continue;
    }
    if (argument.kind === 'number' && !/^0*[1-9]\d{0,5}$/.test(value))
      return { kind: 'bad_argument', command, argument };
    args[argument.name] = value;
  }
  return { kind: 'command', command, args };
}

const longestShownName = 40;

/** The first word is right, so the slip is in the second: the first must not lend it its length. */
function nearestInGroup(words: readonly Word[], names: readonly string[]): string | undefined {
  const group = `${typedName(words, 1)} `;
  const seconds = names.filter((name) => name.startsWith(group)).map((name) => name.slice(group.length));
  const near = nearest(typedName(words.slice(1), 1), seconds);
  return near === undefined ? undefined : `${group}${near}`;
}

function unknown<Spec extends CommandSpec>(
  words: readonly Word[],
  catalogue: readonly Spec[],
): ParsedCommand<Spec> {
  const groups = new Set(catalogue.filter(({ path }) => path.length > 1).map(({ path }) => path[0]));
  const isInGroup = words.length > 1 && groups.has(typedName(words, 1));
  const typed = typedName(words, isInGroup ? 2 : 1);
  const byName = new Map(
    catalogue.flatMap((spec) => [commandName(spec), ...spec.aliases].map((name) => [name, spec] as const)),
  );
  const near = isInGroup
    ? nearestInGroup(words, [...byName.keys()])
    : (nearest(typed, [...byName.keys()]) ?? nearest(typedName(words, longestPathWords), [...byName.keys()]));
  const name = typed.length > longestShownName ? `${[...typed].slice(0, longestShownName).join('')}…` : typed;
  return {
    kind: 'unknown',
    name: name === '' ? (words[0]?.text.slice(0, 1) ?? '') : name,
    suggestion: near === undefined ? undefined : byName.get(near),
  };
}
