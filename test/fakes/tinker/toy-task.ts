import type { FakeTinker } from './fake-tinker.ts';

/**
 * A task that can be learnt in a few dozen steps: every token of an answer should be one of the few that follow the token
 * before it. As the right tokens differ from place to place, learning at the wrong place gains nothing.
 */
export interface ToyTask {
  readonly prompts: readonly (readonly number[])[];
  readonly answerLength: number;
  /** Share of right tokens. */
  reward(prompt: readonly number[], answer: readonly number[]): number;
  /** Mean reward over all answers to all prompts, exact: nothing is drawn. `ref` as for `Inspection`. */
  expectedReward(fake: FakeTinker, ref: string): number;
}

export function createToyTask(
  options: { readonly vocabulary?: number; readonly prompts?: number; readonly answerLength?: number } = {},
): ToyTask {
  const vocabulary = options.vocabulary ?? 64;
  const answerLength = options.answerLength ?? 2;
  const following = vocabulary / 4;
  const isRight = (before: number, token: number): boolean => {
    const distance = (token - before + vocabulary) % vocabulary;
    return distance >= 1 && distance <= following;
  };
  // Last tokens far apart: what is right after one prompt is wrong after most others.
  const count = options.prompts ?? 8;
  const prompts = Array.from({ length: count }, (_, at) => [
    (3 * (at + 1) * (at + 2)) % vocabulary,
    (7 * (at + 1) * (at + 3)) % vocabulary,
    Math.floor((at * vocabulary) / count),
  ]);

  /** How many right tokens are to be expected from here on. */
  function expected(fake: FakeTinker, ref: string, tokens: readonly number[], left: number): number {
    if (left === 0) return 0;
    const probabilities = fake.nextTokenProbabilities(ref, tokens);
    let sum = 0;
    for (const [token, probability] of probabilities.entries()) {
      const now = isRight(tokens[tokens.length - 1]!, token) ? 1 : 0;
      sum += probability * (now + (left > 1 ? expected(fake, ref, [...tokens, token], left - 1) : 0));
    }
    return sum;
  }

  return {
    prompts,
    answerLength,
    reward(prompt, answer) {
      const all = [...prompt, ...answer];
      const right = answer.filter((token, at) => isRight(all[prompt.length + at - 1]!, token));
      return right.length / answer.length;
    },
    expectedReward: (fake, ref) =>
      prompts.reduce((sum, prompt) => sum + expected(fake, ref, prompt, answerLength), 0) /
      (prompts.length * answerLength),
  };
}
