import { AppError } from '../../core/domain/app-error.ts';

/** A Bot API id as core's string; throws `invalid_input` for what is none. */
export function numericId(id: string, what: string): number {
  const value = /^-?\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
  if (Number.isSafeInteger(value)) return value;
  throw new AppError('invalid_input', `"${id.slice(0, 40)}" is no Telegram ${what}.`);
}
