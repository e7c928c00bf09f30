import type { TokenizerPort } from '../../ports/tokenizer.ts';
import type { TrainableModel, TrainerPort } from '../../ports/trainer.ts';

/** What the checks of one engine work with. */
export interface EngineProbe {
  readonly trainer: TrainerPort;
  /** Without one the prompts are small ids that every model has. */
  readonly tokenizer?: TokenizerPort;
  readonly baseModel: string;
  /** Of the adapter that is made and thrown away. */
  readonly rank: number;
  /** Optimiser steps towards the toy reward, at least 4. */
  readonly steps: number;
  readonly learningRate: number;
  /** Answers to each of four prompts in one step, at least 2. */
  readonly groupSize: number;
  /** The name of a state checkpoint that keeps what was trained. @default nothing is kept */
  readonly keepAs?: string;
  /** A checkpoint's name that nobody else has. */
  nameOf(what: string): string;
  /** Told of each step. */
  onStep?(step: number, meanReward: number): void;
}

/** A probe with its adapter. What it saves is deleted at the end. */
export interface OpenProbe extends EngineProbe {
  readonly model: TrainableModel;
  readonly prompts: readonly Int32Array[];
  /** Paths to delete when all is done. */
  readonly saved: string[];
  /** Paths that stay. */
  readonly kept: string[];
}

export const answerTokens = 8;

const questions = [
  'Name a colour.',
  'What is a lighthouse for?',
  'Tell me something short.',
  'Which season do you like?',
];

/** Four short prompts. */
export function probePrompts(tokenizer: TokenizerPort | undefined): readonly Int32Array[] {
  return questions.map((text, at) =>
    tokenizer === undefined
      ? Int32Array.from([1, 2, 3], (id) => id + 3 * at)
      : tokenizer.renderPrompt([{ role: 'user', text }], []),
  );
}
