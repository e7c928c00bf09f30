import { type TurnId, turnId } from '../../domain/ids.ts';
import type { ChosenTurn } from './choose-turns.ts';
import type { WordingChange } from './words-at-hand.ts';

/** How one wording did on one turn. */
export interface Trial {
  /** 0 … 10. */
  readonly score: number;
  /** Digest of the answer: equal answers are graded once. */
  readonly answer: string;
  /** How the answer begins, and what the judge said of it; for turns that texts are made from. */
  readonly excerpt?: string;
  readonly feedback?: string;
}

/** A wording: the present one with these changes. */
export interface Member {
  readonly changes: readonly WordingChange[];
  /** By turn. */
  readonly trials: Readonly<Record<string, Trial>>;
}

/** A wording that has not earned its place yet: it is tried on a few turns, and on all where it did better there than its parents. */
export interface Newcomer extends Member {
  readonly batch: readonly TurnId[];
  /** Places in the pool: one that it was reworded from, or two that it was crossed from. */
  readonly parents: readonly number[];
}

/** Where a search stands: with it and the same turns, words and models it goes on as if nothing had been between. */
export interface SearchState {
  /** Digests of the present texts, by component. */
  readonly words: Readonly<Record<string, string>>;
  /** As `draw` wants it. */
  readonly draws: number;
  readonly calls: number;
  /** Newcomers in a row that came to nothing. */
  readonly misses: number;
  readonly merges: number;
  /** Calls in a row that a model did not answer. */
  readonly failures: number;
  readonly train: readonly ChosenTurn[];
  readonly select: readonly ChosenTurn[];
  /** The present words first. */
  readonly pool: readonly Member[];
  /** Wordings that were tried already. */
  readonly tried: readonly Tried[];
  readonly newcomer?: Newcomer;
  /** Places in the pool, once the search is over: those that are to be proven. */
  readonly shortlist?: readonly number[];
  /** Components whose new text was handed on. */
  readonly filed: readonly string[];
}

export interface Tried {
  readonly digest: string;
  /** A rewording that came to nothing: of what, what for, and the answers that were looked at. */
  readonly missed?: Omit<WordingChange, 'text'>;
}

export function encodeSearch(state: SearchState): string {
  return JSON.stringify(state);
}

/** `undefined` for what `encodeSearch` did not write. */
export function decodeSearch(text: string): SearchState | undefined {
  try {
    return readState(JSON.parse(text));
  } catch (thrown) {
    if (thrown instanceof SyntaxError || thrown instanceof Unreadable) return undefined;
    throw thrown;
  }
}

class Unreadable extends Error {}

function readState(value: unknown): SearchState {
  const fields = fieldsOf(value);
  const newcomer = fields['newcomer'];
  const shortlist = fields['shortlist'];
  return {
    words: recordOf(fields['words'], textOf),
    draws: numberOf(fields['draws']),
    calls: numberOf(fields['calls']),
    misses: numberOf(fields['misses']),
    merges: numberOf(fields['merges']),
    failures: numberOf(fields['failures']),
    train: listOf(fields['train'], readChosen),
    select: listOf(fields['select'], readChosen),
    pool: listOf(fields['pool'], readMember),
    tried: listOf(fields['tried'], readTried),
    ...(newcomer === undefined ? {} : { newcomer: readNewcomer(newcomer) }),
    ...(shortlist === undefined ? {} : { shortlist: listOf(shortlist, numberOf) }),
    filed: listOf(fields['filed'], textOf),
  };
}

function readChosen(value: unknown): ChosenTurn {
  const fields = fieldsOf(value);
  return { turnId: turnId(textOf(fields['turnId'])), value: numberOf(fields['value']) };
}

function readMember(value: unknown): Member {
  const fields = fieldsOf(value);
  return { changes: listOf(fields['changes'], readChange), trials: recordOf(fields['trials'], readTrial) };
}

function readNewcomer(value: unknown): Newcomer {
  const fields = fieldsOf(value);
  return {
    ...readMember(value),
    batch: listOf(fields['batch'], readTurnId),
    parents: listOf(fields['parents'], numberOf),
  };
}

function readChange(value: unknown): WordingChange {
  const fields = fieldsOf(value);
  return {
    component: textOf(fields['component']),
    text: textOf(fields['text']),
    why: textOf(fields['why']),
    from: listOf(fields['from'], readTurnId),
  };
}

function readTrial(value: unknown): Trial {
  const fields = fieldsOf(value);
  const { excerpt, feedback } = fields;
  return {
    score: numberOf(fields['score']),
    answer: textOf(fields['answer']),
    ...(excerpt === undefined ? {} : { excerpt: textOf(excerpt) }),
    ...(feedback === undefined ? {} : { feedback: textOf(feedback) }),
  };
}

function readTried(value: unknown): Tried {
  const fields = fieldsOf(value);
  const digest = textOf(fields['digest']);
  if (fields['missed'] === undefined) return { digest };
  const missed = fieldsOf(fields['missed']);
  const [component, why] = [textOf(missed['component']), textOf(missed['why'])];
  return { digest, missed: { component, why, from: listOf(missed['from'], readTurnId) } };
}

const readTurnId = (value: unknown): TurnId => turnId(textOf(value));

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Unreadable();
  return Object.fromEntries(Object.entries(value));
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Unreadable();
  return value;
}

function numberOf(value: unknown): number {
  if (typeof value !== 'number') throw new Unreadable();
  return value;
}

function listOf<T>(value: unknown, read: (item: unknown) => T): readonly T[] {
  if (!Array.isArray(value)) throw new Unreadable();
  return value.map((item: unknown) => read(item));
}

function recordOf<T>(value: unknown, read: (item: unknown) => T): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([key, item]) => [key, read(item)] as const));
}
