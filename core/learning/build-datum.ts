import type { Datum } from '../domain/datum.ts';
import { isUsableLogprob } from './usable-logprob.ts';

/** Positions `start` … `end − 1` of a datum, at which the tokens of one answer are the targets. */
export interface AnswerSpan {
  readonly start: number;
  readonly end: number;
  /** Which of the turns that were given it answers. */
  readonly turn: number;
}

/** A datum that knows where its answers are. */
export interface AnswerDatum extends Datum {
  readonly answers: readonly AnswerSpan[];
}

/** An answer as it was sampled, with what it is worth. Lists have one entry a token of `answer`. */
export interface TrainedAnswer {
  readonly prompt: Int32Array;
  /** Its stop token, where one ended it, included. */
  readonly answer: Int32Array;
  /** What each token was sampled with. Without them the datum has none either. */
  readonly logprobs?: Float32Array;
  /** One for all tokens, or each its own. */
  readonly advantages: number | Float32Array;
  /** Tokens with 0 are read, not trained. @default all are trained */
  readonly mask?: ArrayLike<number>;
}

/** An answer to learn by heart. */
export interface SupervisedAnswer {
  readonly prompt: Int32Array;
  readonly answer: Int32Array;
  /** How much it counts. @default 1 */
  readonly weight?: number | Float32Array;
  readonly mask?: ArrayLike<number>;
}

export type DatumRefusal =
  | 'empty_prompt'
  | 'empty_answer'
  /** A list has not one entry a token. Nothing is cut or filled up. */
  | 'length_mismatch'
  /** The mask leaves no token, or every weight is 0. */
  | 'nothing_trained'
  /** A trained token's number is none in 32 bits. */
  | 'not_finite'
  /** A trained token's log-probability is above 0, or what engines write for "none": its ratio would be no number. */
  | 'logprobs_unusable';

export type BuiltDatum =
  | { readonly kind: 'datum'; readonly datum: AnswerDatum }
  | { readonly kind: 'refused'; readonly reason: DatumRefusal };

/**
 * The datum of one answer. With a prompt of n tokens and an answer of m it has n + m − 1 positions: all tokens but the last
 * are read, all but the first are targets, and the first n − 1 positions weigh nothing, as do masked ones.
 */
export function buildDatum(answer: TrainedAnswer): BuiltDatum {
  const reason = refusalOf(answer);
  return reason === undefined
    ? { kind: 'datum', datum: datumOfTalk([{ answer, turn: 0 }]) }
    : { kind: 'refused', reason };
}

/** The same for `cross_entropy`: weights, and nothing that was sampled. */
export function buildSupervisedDatum(answer: SupervisedAnswer): BuiltDatum {
  const { prompt, mask, weight = 1 } = answer;
  const reason = refusalOfLists(answer, [weight]);
  if (reason !== undefined) return { kind: 'refused', reason };
  const tokens = joined(prompt, answer.answer);
  const start = prompt.length - 1;
  const weights = new Float32Array(tokens.length - 1);
  for (let index = 0; index < answer.answer.length; index += 1) {
    if (isTrained(mask, index)) weights[start + index] = entryAt(weight, index);
  }
  if (weights.every((own) => own === 0)) return { kind: 'refused', reason: 'nothing_trained' };
  return {
    kind: 'datum',
    datum: { ...shifted(tokens), weights, answers: [{ start, end: tokens.length - 1, turn: 0 }] },
  };
}

/** Why an answer makes no datum. */
export function refusalOf(answer: TrainedAnswer): DatumRefusal | undefined {
  const { logprobs, advantages, mask } = answer;
  if (logprobs === undefined) return refusalOfLists(answer, [advantages]);
  const reason = refusalOfLists(answer, [advantages, logprobs]);
  if (reason !== undefined) return reason;
  const areUsable = logprobs.every((logprob, index) => !isTrained(mask, index) || isUsableLogprob(logprob));
  return areUsable ? undefined : 'logprobs_unusable';
}

/** An answer with its place in the list that it came from. */
export interface PlacedAnswer {
  readonly answer: TrainedAnswer;
  readonly turn: number;
}

export type JoinedTalk = readonly [PlacedAnswer, ...PlacedAnswer[]];

/**
 * One datum of answers that `refusalOf` finds no fault with. Each later prompt begins with the prompt and answer
 * before it, and all have log-probabilities or none has.
 */
export function datumOfTalk(turns: JoinedTalk): AnswerDatum {
  const last = (turns.at(-1) ?? turns[0]).answer;
  const tokens = joined(last.prompt, last.answer);
  const weights = new Float32Array(tokens.length - 1);
  const logprobs = new Float32Array(tokens.length - 1);
  const advantages = new Float32Array(tokens.length - 1);
  for (const { answer } of turns) {
    const start = answer.prompt.length - 1;
    for (let index = 0; index < answer.answer.length; index += 1) {
      if (!isTrained(answer.mask, index)) continue;
      weights[start + index] = 1;
      logprobs[start + index] = answer.logprobs?.[index] ?? 0;
      advantages[start + index] = entryAt(answer.advantages, index);
    }
  }
  return {
    ...shifted(tokens),
    weights,
    ...(turns.every(({ answer }) => answer.logprobs !== undefined) ? { logprobs } : {}),
    advantages,
    answers: turns.map(({ answer: { prompt, answer }, turn }) => {
      const start = prompt.length - 1;
      return { start, end: start + answer.length, turn };
    }),
  };
}

/** Two runs of tokens as one. */
export function joined(before: Int32Array, after: Int32Array): Int32Array {
  const tokens = new Int32Array(before.length + after.length);
  tokens.set(before);
  tokens.set(after, before.length);
  return tokens;
}

function refusalOfLists(
  { prompt, answer, mask }: Pick<TrainedAnswer, 'prompt' | 'answer' | 'mask'>,
  lists: readonly (number | Float32Array)[],
): DatumRefusal | undefined {
  if (prompt.length === 0) return 'empty_prompt';
  if (answer.length === 0) return 'empty_answer';
  const lengths = [...lists, mask].flatMap((list) =>
    list === undefined || typeof list === 'number' ? [] : [list.length],
  );
  if (lengths.some((length) => length !== answer.length)) return 'length_mismatch';
  const trained = [...answer.keys()].filter((index) => isTrained(mask, index));
  if (trained.length === 0) return 'nothing_trained';
  const isWhole = trained.every((index) =>
    lists.every((list) => Number.isFinite(Math.fround(entryAt(list, index)))),
  );
  return isWhole ? undefined : 'not_finite';
}

function isTrained(mask: ArrayLike<number> | undefined, index: number): boolean {
  return mask === undefined || mask[index] !== 0;
}

function entryAt(list: number | Float32Array, index: number): number {
  return typeof list === 'number' ? list : (list[index] ?? Number.NaN);
}

function shifted(tokens: Int32Array): Pick<Datum, 'input' | 'targets'> {
  return { input: tokens.slice(0, -1), targets: tokens.slice(1) };
}
