import { type AnswerDatum, buildDatum } from '../../build-datum.ts';
import type { PreparedSample } from '../prepared-sample.ts';
import { requestsOf } from '../same-request.ts';
import type { StoredAnswer } from './stored-answer.ts';

/** Answers as if others had asked: one entry for each that found a prompt. */
export interface MismatchedAnswer {
  readonly data: readonly AnswerDatum[];
}

/**
 * What KTO's reference point is measured on: the answers of a batch, each call's under a prompt of the next sample that
 * asked something else. None is longer than the longest of the batch itself, so that what the engine took it takes
 * again; an answer for which there is no such prompt is not among them.
 */
export function mismatchedAnswers(answers: readonly StoredAnswer[]): readonly MismatchedAnswer[] {
  const longest = answers
    .flatMap(({ data }) => data)
    .reduce((most, { targets }) => Math.max(most, targets.length + 1), 0);
  const requests = requestsOf(answers.map(({ sample: { turn } }) => turn));
  return answers.flatMap(({ sample }, at) => {
    const request = requests.of(sample.turnId);
    for (const other of [...answers.slice(at + 1), ...answers.slice(0, at)]) {
      if (requests.of(other.sample.turnId) === request) continue;
      const data = underPromptOf(sample, other.sample, longest);
      if (data !== undefined) return [{ data }];
    }
    return [];
  });
}

function underPromptOf(
  sample: PreparedSample,
  other: PreparedSample,
  longest: number,
): readonly AnswerDatum[] | undefined {
  const data: AnswerDatum[] = [];
  for (const [at, { prompt: own, tokens: answer }] of sample.calls.entries()) {
    const prompt = (other.calls[at] ?? other.calls.at(-1))?.prompt ?? own;
    if (areSame(prompt, own) || prompt.length + answer.length > longest) return undefined;
    const built = buildDatum({ prompt, answer, advantages: 0 });
    if (built.kind === 'refused') return undefined;
    data.push(built.datum);
  }
  return data;
}

function areSame(one: Int32Array, other: Int32Array): boolean {
  return one.length === other.length && one.every((token, at) => token === other[at]);
}
