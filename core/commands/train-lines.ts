import type { TrainingStatus } from './context.ts';
import { literal } from './markdown-text.ts';

/** What is wrong with training, as sentences without a full stop. Markdown. */
export function trainingProblems(training: TrainingStatus | undefined): readonly string[] {
  return training?.problem === undefined ? [] : [literal(training.problem)];
}

/** How training is. Markdown. */
export function trainingFacts(training: TrainingStatus | undefined): readonly string[] {
  if (training === undefined) return [];
  const { serving, run } = training;
  return [
    `Answers come from ${serving === undefined ? 'the model as it is configured' : literal(serving)}`,
    ...(run === undefined ? [] : [`Training: ${literal(run)}`]),
  ];
}
