import { AppError, toAppError } from '../../core/domain/app-error.ts';

/** What is wrong with a tokenizer's files. `problem` is the end of a sentence, without its full stop. */
export function brokenTokenizer(where: string, problem: string, cause?: unknown): AppError {
  const message = `The tokenizer in “${where}” cannot be used: ${problem}. Put the model's tokenizer.json, tokenizer_config.json and chat template there anew, or name another folder.`;
  return new AppError('config_invalid', message, cause === undefined ? {} : { cause });
}

/** `ENOENT` and the like. */
export function systemCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return 'unknown error';
  return String(thrown.code);
}

/** The template's own words or a library's, in one short line and without a full stop. */
export function shortReason(thrown: unknown): string {
  const words = toAppError(thrown).message.replaceAll(/\s+/g, ' ').trim();
  return words.slice(0, 200).replace(/[.!]+$/, '');
}
