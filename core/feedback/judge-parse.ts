import { textCut } from '../domain/text-cut.ts';
import { asShown, type NextKind, nextKinds } from './judge-prompt.ts';

export type JudgeScore = -1 | 0 | 1;

/** One valid vote. */
export interface JudgeVote {
  readonly score: JudgeScore;
  readonly next: {
    readonly kind: NextKind;
    /** Words that stand in the next message; absent where the judge gave none that do. */
    readonly quote?: string;
  };
}

/** A shorter quote is no hint. */
const leastQuoteChars = 11;
const longestQuoteChars = 500;

/**
 * Reads a vote. Takes exactly the one JSON object that was asked for, or a fenced block that holds nothing else;
 * `undefined` for anything more, less or other. Without a next message only `none` is a valid reading of it.
 */
export function parseJudgeVote(text: string, next: string | undefined): JudgeVote | undefined {
  const body = unfenced(text.trim());
  if (!saysEachKeyOnce(body)) return undefined;
  const vote = fieldsOf(parsedJson(body), ['score', 'next']);
  const reading = fieldsOf(vote?.['next'], ['kind', 'quote']);
  const score = scoreOf(vote?.['score']);
  const kind = nextKinds.find((known) => known === reading?.['kind']);
  const quote = reading?.['quote'];
  if (score === undefined || kind === undefined || typeof quote !== 'string') return undefined;
  if (next === undefined && kind !== 'none') return undefined;
  const words = next === undefined || kind === 'none' ? undefined : quoteFrom(next, quote);
  return { score, next: { kind, ...(words === undefined ? {} : { quote: words }) } };
}

function unfenced(text: string): string {
  return /^```(?:json)?[ \t]*\n([\s\S]*?)\n[ \t]*```$/.exec(text)?.[1] ?? text;
}

/** `JSON.parse` keeps the last of two equal keys; a vote that says two things says nothing. */
function saysEachKeyOnce(text: string): boolean {
  return ['score', 'next', 'kind', 'quote'].every(
    (key) => text.match(new RegExp(`"${key}"\\s*:`, 'g'))?.length === 1,
  );
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object's fields where it has exactly these. */
function fieldsOf(value: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const entries = Object.entries(value);
  const isExact = entries.length === keys.length && keys.every((key) => Object.hasOwn(value, key));
  return isExact ? Object.fromEntries(entries) : undefined;
}

function scoreOf(value: unknown): JudgeScore | undefined {
  if (value === 1 || value === -1) return value;
  // Also of -0.
  return value === 0 ? 0 : undefined;
}

const oneLine = (text: string): string => asShown(text).normalize('NFC').replaceAll(/\s+/g, ' ').trim();

function quoteFrom(next: string, quote: string): string | undefined {
  const words = oneLine(quote);
  if ([...words].length < leastQuoteChars || !oneLine(next).includes(words)) return undefined;
  return words.length <= longestQuoteChars
    ? words
    : words.slice(0, textCut(words, longestQuoteChars)).trimEnd();
}
