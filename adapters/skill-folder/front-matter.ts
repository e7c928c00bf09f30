import { parseDocument } from 'yaml';
import type { Problems } from './problems.ts';

export interface FrontMatter {
  readonly keys: ReadonlyMap<string, unknown>;
  /** What follows the closing `---`, without blank lines around it. */
  readonly body: string;
}

/** A few lines are usual. Much more is slow to parse when it was made to be. */
const mostFrontMatterChars = 16 * 1024;

const wanted =
  'Begin the file with a line "---", then "name: …" and "description: …", then another line "---".';

/** Scalars all stay strings (`name: 123` is "123"), so nothing is lost by guessing types. */
function parseYaml(yaml: string, problems: Problems): unknown {
  try {
    const document = parseDocument(yaml, { schema: 'failsafe', logLevel: 'silent', prettyErrors: false });
    const error = document.errors[0];
    if (error === undefined) return document.toJS({ mapAsMap: true, maxAliasCount: 20 });
    const line = yaml.slice(0, error.pos[0]).split('\n').length + 1;
    const reason = error.message.replaceAll(/\s+/g, ' ');
    problems.error(
      `The front matter is not valid YAML (line ${line}: ${reason}). Put values that hold ": " or "#" or begin with a special character in quotes.`,
    );
  } catch {
    problems.error('The front matter is nested too deeply to be read. Keep it to a few plain keys.');
  }
  return undefined;
}

/** Splits a SKILL.md into front matter and body; undefined, with the reason noted, where that cannot be done. */
export function readFrontMatter(text: string, problems: Problems): FrontMatter | undefined {
  const opening = /^---[ \t]*\n/.exec(text);
  if (opening === null) {
    problems.error(`The front matter is missing. ${wanted}`);
    return undefined;
  }
  const rest = text.slice(opening[0].length);
  const closing = /^---[ \t]*$/m.exec(rest);
  if (closing === null) {
    problems.error('The front matter is never closed. Put a line "---" before the instructions.');
    return undefined;
  }
  if (closing.index > mostFrontMatterChars) {
    problems.error(
      `The front matter has more than ${mostFrontMatterChars} characters. Move what is long below the second line "---".`,
    );
    return undefined;
  }
  const parsed = parseYaml(rest.slice(0, closing.index), problems);
  if (problems.hasError) return undefined;
  if (!(parsed instanceof Map)) {
    problems.error(`The front matter holds no keys. ${wanted}`);
    return undefined;
  }
  const keys = new Map<string, unknown>();
  for (const [key, value] of parsed) keys.set(String(key), value);
  return { keys, body: rest.slice(closing.index + closing[0].length).trim() };
}
