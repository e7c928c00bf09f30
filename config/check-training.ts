import type { Settings } from './schema.ts';

/** A setting of `training` or `gate` and what is wrong with it. */
export interface TrainingProblem {
  readonly path: string;
  readonly message: string;
}

export const hostedProfiles: readonly string[] = ['tinker', 'mint'];

/** Whether the engine's own weights are trained; else a provider's model is, if anything. */
export function trainsEngine({ training, engine }: Pick<Settings, 'training' | 'engine'>): boolean {
  return training.weights && engine.answers;
}

/** Training that could never begin, that nobody could pay, or that would judge itself. */
export function trainingProblems({
  training,
  engine,
  gate,
  judge,
  evolver,
}: Pick<Settings, 'training' | 'engine' | 'gate' | 'judge' | 'evolver'>): readonly TrainingProblem[] {
  const problems: TrainingProblem[] = [];
  const add = (path: string, message: string): void => void problems.push({ path, message });
  if (training.weights && !engine.answers && training.tuneModel === '') {
    add(
      'training.weights',
      'is true, but nothing can be trained. Set engine.answers and the engine, or training.tuneModel, or this to false.',
    );
  }
  if (trainsEngine({ training, engine }) && engine.endpoint === 'openai') {
    add(
      'engine.endpoint',
      'is openai, whose answers no weights can learn from. Set it to native, or training.weights to false.',
    );
  }
  const isTaught = training.method === 'teacher' || training.distillation === 'teacher';
  if (trainsEngine({ training, engine }) && isTaught && training.teacher === '') {
    add(
      'training.teacher',
      'is empty, but a teacher is to be learned from. Name a base model of the engine.',
    );
  }
  if (training.method === 'groups' && training.weights && judge.model === '') {
    add(
      'training.method',
      'is groups, whose answers the judge grades, but judge.model is empty. Set it, or another method.',
    );
  }
  const isPriced = training.trainPrice > 0 || training.readPrice > 0 || training.writePrice > 0;
  if (trainsEngine({ training, engine }) && hostedProfiles.includes(engine.profile) && !isPriced) {
    add(
      'training.trainPrice',
      `is 0, but engine.profile ${engine.profile} costs money, and training.monthlyBudget could not hold. Set trainPrice, readPrice and writePrice to what it asks for a million tokens.`,
    );
  }
  if (training.weights && !engine.answers && training.tuneModel !== '' && training.tunePrice === 0) {
    add(
      'training.tunePrice',
      'is 0, but tuning costs money, and training.monthlyBudget could not hold. Set it to what the provider asks for a million tokens.',
    );
  }
  if (training.minEachSign * 2 > training.minSamples) {
    add('training.minEachSign', 'is more than half of training.minSamples. Make it at most half.');
  }
  if (training.minSamples > training.maxSamples) {
    add(
      'training.minSamples',
      'is more than training.maxSamples, so that no run would ever begin. Make it at most as many.',
    );
  }
  if (training.minPeople * training.maxPersonPercent < 100) {
    add(
      'training.maxPersonPercent',
      `lets ${training.minPeople} people (training.minPeople) never fill a run. Make one of them larger.`,
    );
  }
  const isSame = (other: { readonly model: string; readonly baseUrl: string }): boolean =>
    gate.model !== '' && gate.model === other.model && gate.baseUrl === other.baseUrl;
  if (isSame(judge)) {
    add(
      'gate.model',
      'is the judge whose votes gave the rewards. Name another model, or none: then a person decides.',
    );
  } else if (judge.model === '' && training.wording && isSame(evolver)) {
    add(
      'gate.model',
      'is the model that writes new words and, as judge.model is empty, grades them. Name another model, or none: then a person decides.',
    );
  }
  return problems;
}
