import { answerTokens, probePrompts } from '../../../core/learning/engine-check/engine-probe.ts';
import { createSeededRandom } from '../seeded-random.ts';
import type { ToyShape } from './toy-run.ts';

/** A batch in words, for the names of results, and as it is sampled. */
export interface NamedShape {
  readonly name: string;
  readonly shape: ToyShape;
  /** Of each sequence. */
  readonly tokens: number;
}

/** How many steps are made of it. */
export interface StepCounts {
  /** Before the ones that count. */
  readonly warmUp: number;
  readonly counted: number;
}

const smallAnswers = 16;

/** As `metaclaw engine check` has it: 4 prompts of 3 tokens. */
export const smallShape: NamedShape = {
  name: `64 answers of ${answerTokens} tokens`,
  shape: { prompts: probePrompts(undefined), groupSize: smallAnswers, maxTokens: answerTokens },
  tokens: 3 + answerTokens,
};

const largeAnswers = 8;
const largePrompts = 4;
const largeAnswerTokens = 100;
/** Ids that every model has. */
const idsBelow = 50;

/** 32 sequences, most of which is prompt. */
export function largeShape(tokens: number): NamedShape {
  const random = createSeededRandom(3);
  const length = tokens - largeAnswerTokens;
  const prompts = Array.from({ length: largePrompts }, () =>
    Int32Array.from({ length }, () => 1 + random.below(idsBelow)),
  );
  return {
    name: `32 sequences of ${tokens.toLocaleString('en')} tokens`,
    shape: { prompts, groupSize: largeAnswers, maxTokens: largeAnswerTokens },
    tokens,
  };
}
