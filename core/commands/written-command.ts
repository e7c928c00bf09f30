import { commandCatalogue } from './catalogue.ts';
import { type CommandSpec, commandName } from './command-spec.ts';
import { canonicalName, parseCommandLine } from './parse-command-line.ts';
import { readWords } from './words.ts';

const marked = /^[/!]\S/;
/** How people end a line; `why?` is a question, though. */
const emphasis = /[.!]+$/;
/** A line with a mark that is no command and longer than this was never meant as one. */
const longestMistypedWords = 3;

/**
 * The command that the words of a message are, where platforms' own commands do not reach. After a mention the bare
 * grammar counts, but only when nothing is left over: `@bot status` is a command, `@bot status of the build?` is a
 * question, and `@bot stop!` means it. Only what is written down may have several lines. Behind `/` or `!` a command may
 * have anything after it, and a slip of the pen is recognised. `metaclaw` or `commandWord` before it, which people know
 * from the platform's own commands, is passed over.
 */
export function writtenCommand(
  text: string,
  isAfterMention: boolean,
  commandWord?: string,
  catalogue: readonly CommandSpec[] = commandCatalogue,
): string | undefined {
  const written = withoutWord(text.trim(), ['metaclaw', commandWord?.toLowerCase()]);
  const line = isBareName(written.replace(emphasis, ''), catalogue) ? written.replace(emphasis, '') : written;
  const [head = ''] = line.split('\n', 1);
  if (head === '' || (head !== line && !takesLines(head, catalogue))) return undefined;
  if (marked.test(head)) return isMeant(head, catalogue) ? line.slice(1) : undefined;
  return isAfterMention && isNothingButCommand(head, catalogue) ? line : undefined;
}

/** Several lines are a question, unless the first says to write the words down. */
function takesLines(head: string, catalogue: readonly CommandSpec[]): boolean {
  const parsed = parseCommandLine(head, catalogue);
  return (
    parsed.kind === 'command' &&
    parsed.command.lane === 'record' &&
    parsed.command.args.some(({ kind }) => kind === 'rest')
  );
}

/** The mark before the word stays: what is marked may have more after it. */
function withoutWord(line: string, commandWords: readonly (string | undefined)[]): string {
  const [, mark = '', first = '', rest = ''] = /^([/!]?)(\S+)\s+(.*)$/s.exec(line) ?? [];
  if (!commandWords.includes(first.toLowerCase())) return line;
  return mark === '' ? rest : `${mark}${rest.replace(/^[/!]/, '')}`;
}

function isBareName(line: string, catalogue: readonly CommandSpec[]): boolean {
  const name = canonicalName(line.replace(marked, (start) => start.slice(1)));
  return catalogue.some((spec) => commandName(spec) === name || spec.aliases.includes(name));
}

function isMeant(line: string, catalogue: readonly CommandSpec[]): boolean {
  const parsed = parseCommandLine(line, catalogue);
  if (parsed.kind !== 'unknown') return parsed.kind !== 'empty';
  return parsed.suggestion !== undefined && readWords(line).length <= longestMistypedWords;
}

function isNothingButCommand(line: string, catalogue: readonly CommandSpec[]): boolean {
  const parsed = parseCommandLine(line, catalogue);
  if (parsed.kind !== 'command' && parsed.kind !== 'missing_argument') return false;
  const { command } = parsed;
  const words = readWords(line).map((word) => word.text);
  const rest = command.args.find(({ kind }) => kind === 'rest');
  if (parsed.kind === 'command' && rest !== undefined) {
    const value = parsed.args[rest.name];
    if (value !== undefined) {
      // `help me with this` begins like a command, but `me with this` is none.
      return rest.completes === 'commands'
        ? isNothingButCommand(value, catalogue)
        : words.some((_, index) => namesExactly(words.slice(0, index + 1), command));
    }
  }
  const given = parsed.kind === 'command' ? Object.keys(parsed.args).length : 0;
  return namesExactly(words.slice(0, words.length - given), command);
}

/** `why?` is a question and no command, so nothing but letters may name one here. */
function namesExactly(words: readonly string[], command: CommandSpec): boolean {
  const name = canonicalName(words.join(' ').replace(/[:,]$/, ''));
  if (words.some((word) => !/^[\p{L}_-]+[:,]?$/u.test(word))) return false;
  return name === commandName(command) || command.aliases.includes(name);
}
