import { AppError } from '../../domain/app-error.ts';

/** The engine cannot go on from where a run stands; a later try would not change that. */
export function engineChanged(message: string, cause?: unknown): AppError {
  return new AppError('config_invalid', message, { cause, details: { engineChanged: true } });
}

export function isEngineChanged({ details }: AppError): boolean {
  return details['engineChanged'] === true;
}
