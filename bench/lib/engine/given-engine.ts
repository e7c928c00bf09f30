import { AppError } from '../../../core/domain/app-error.ts';
import type { EngineAddress } from './open-trainer.ts';

/** An engine that somebody runs, to be measured in place of the protocol server. */
export interface GivenEngine extends EngineAddress {
  /** @default the first that it offers */
  readonly baseModel?: string;
  readonly learningRate: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

const profiles = ['tinker', 'skyrl', 'tuft', 'mint'] as const;
const usualLearningRate = 0.01;

/** The engine that the environment names; `undefined` where it names none. Throws `config_invalid`. */
export function givenEngine(variables: Variables): GivenEngine | undefined {
  const given = (name: string): string | undefined => variables[name] || undefined;
  const baseUrl = given('TINKER_BASE_URL');
  if (baseUrl === undefined) return undefined;
  const wanted = given('METACLAW_ENGINE_PROFILE') ?? 'skyrl';
  const profile = profiles.find((name) => name === wanted);
  if (profile === undefined) {
    throw new AppError('config_invalid', `METACLAW_ENGINE_PROFILE must be one of ${profiles.join(', ')}.`);
  }
  const learningRate = Number(given('METACLAW_ENGINE_LEARNING_RATE') ?? usualLearningRate);
  if (!(learningRate > 0 && learningRate < 1)) {
    throw new AppError('config_invalid', 'METACLAW_ENGINE_LEARNING_RATE must be a number between 0 and 1.');
  }
  const apiKey = given('TINKER_API_KEY');
  const baseModel = given('METACLAW_ENGINE_MODEL');
  return {
    profile,
    baseUrl,
    learningRate,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(baseModel === undefined ? {} : { baseModel }),
  };
}
