import { AppError } from '../../core/domain/app-error.ts';
import { fixedDate } from './fixed-date.ts';

/** More steps than any template takes through a talk. */
const longestRange = 1_000_000;

/** What templates can use besides the talk: constants of Jinja, and the functions that Hugging Face gives them. */
export const templateGlobals: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  strftime_now: fixedDate,
  raise_exception: (message: unknown): never => {
    throw new AppError('invalid_input', String(message));
  },
};

function range(start: number, stop?: number, step = 1): readonly number[] {
  const [first, end] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.max(0, Math.ceil((end - first) / step));
  if (!(length <= longestRange)) throw new AppError('invalid_input', 'A range of the template never ends');
  return Array.from({ length }, (_, at) => first + at * step);
}
