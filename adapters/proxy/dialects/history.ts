import { createHash } from 'node:crypto';
import type { ReadRequest } from '../dialect-port.ts';
import { firstAnswerOf } from '../first-answer.ts';
import { type Fields, invalidField, isFields } from './parse-body.ts';
import { personsWords } from './persons-words.ts';

/** A message of the role `user`. `texts`: what a person wrote in it; `others`: pictures, files and the like. */
export interface SaidStep {
  readonly kind: 'said';
  readonly texts: readonly string[];
  readonly others: readonly Fields[];
}

export interface AnsweredStep {
  readonly kind: 'answered';
  readonly text: string;
  /** Of the calls that the caller carries out. */
  readonly callIds: readonly string[];
}

/** One step of a talk, the same for each dialect. */
export type TalkStep =
  | SaidStep
  | AnsweredStep
  /** Result of a tool that was called. */
  | { readonly kind: 'result' };

const isText = ({ type }: Fields): boolean => type === 'text' || type === 'input_text';

/** Content of a message of the role `user`: a text, or an array of parts. Parts that are results of tools are left out. */
export function saidStep(content: unknown): SaidStep {
  const parts: readonly unknown[] =
    typeof content === 'string' ? [{ type: 'text', text: content }] : listOf(content);
  const texts: string[] = [];
  const others: Fields[] = [];
  for (const part of parts.filter(isFields)) {
    const { text } = part;
    if (isText(part) && typeof text === 'string') {
      const words = personsWords(text);
      if (words !== '') texts.push(words);
    } else if (part['type'] !== 'tool_result') {
      others.push(part);
    }
  }
  return { kind: 'said', texts, others };
}

const answerTypes: ReadonlySet<unknown> = new Set(['text', 'output_text', 'refusal', undefined]);

/** Content of a message of the assistant: a text, or an array of parts. Thinking is left out; a refusal is text. */
export function answerTextOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return listOf(content)
    .filter(isFields)
    .filter(({ type }) => answerTypes.has(type))
    .flatMap(({ text, refusal }) => [text, refusal])
    .filter((text) => typeof text === 'string')
    .join('\n');
}

/** Of those of the fields whose `name` is a string these strings. */
export function stringsOf(fields: readonly Fields[], name: string): readonly string[] {
  return fields.map((field) => field[name]).filter((value) => typeof value === 'string');
}

/** An array as it is; empty for anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

const longChars = 1_000;

const shortened = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > longChars
    ? createHash('sha256').update(value).digest('base64url')
    : value;

/** Equal only for equal parts, and short: of what is long in it the digest. Where the prompt is to be cached is no part of it. */
function openingOf(texts: readonly string[], others: readonly Fields[]): string {
  const parts = others.map(({ cache_control: _, ...part }) => part);
  try {
    return JSON.stringify([...texts, ...parts], shortened);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw invalidField('body', 'A part of a message is nested too deeply.');
  }
}

type Talk = Pick<
  ReadRequest,
  'words' | 'wordsIndex' | 'isContinued' | 'opening' | 'firstAnswer' | 'lastAnswer'
>;

function isPersons(step: SaidStep, before: TalkStep | undefined): boolean {
  if (step.texts.length > 0) return true;
  // Agents show a picture that a tool took in a message of its own behind the result.
  return step.others.length > 0 && before?.kind !== 'result';
}

/** An answer, which agents may store as several messages or items, as `firstAnswerOf` writes it. */
function answerIn(answered: readonly AnsweredStep[]): string {
  const text = answered.map((step) => step.text).join('\n');
  return firstAnswerOf(
    text,
    answered.flatMap((step) => step.callIds),
  );
}

/** Of the first answer behind `from`. */
function firstAnswerBehind(steps: readonly TalkStep[], from: number): string | undefined {
  const answered: AnsweredStep[] = [];
  for (let place = from + 1; place < steps.length; place += 1) {
    const step = steps[place];
    if (step?.kind === 'answered') answered.push(step);
    else if (answered.length > 0) break;
  }
  return answered.length === 0 ? undefined : answerIn(answered);
}

/** What a request tells of its talk. */
export function talkOf(steps: readonly TalkStep[]): Talk {
  let words = '';
  let wordsIndex = 0;
  let first: number | undefined;
  let opening = '';
  let isContinued = false;
  let last: { readonly run: AnsweredStep[]; readonly wordsIndex: number } | undefined;
  for (const [place, step] of steps.entries()) {
    if (step.kind === 'answered') {
      if (last === undefined || steps[place - 1]?.kind !== 'answered') last = { run: [], wordsIndex };
      last.run.push(step);
    }
    if (step.kind === 'result') isContinued = true;
    if (step.kind !== 'said' || !isPersons(step, steps[place - 1])) continue;
    words = step.texts.join('\n');
    wordsIndex += 1;
    isContinued = false;
    if (first !== undefined) continue;
    first = place;
    opening = openingOf(step.texts, step.others);
  }
  const firstAnswer = first === undefined ? undefined : firstAnswerBehind(steps, first);
  return {
    words,
    wordsIndex,
    isContinued,
    opening,
    ...(firstAnswer !== undefined && { firstAnswer }),
    ...(last !== undefined && { lastAnswer: { text: answerIn(last.run), wordsIndex: last.wordsIndex } }),
  };
}
