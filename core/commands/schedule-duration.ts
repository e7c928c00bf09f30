import { AppError } from '../domain/app-error.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/wall-clock.ts';
import { literal, shortened, spoken } from './markdown-text.ts';

const parts =
  /^(?:(\d{1,5}) ?d(?:ays?)?)? ?(?:(\d{1,5}) ?h(?:ours?|rs?)?)? ?(?:(\d{1,5}) ?m(?:in(?:ute)?s?)?)?$/;

/** Milliseconds from `90m`, `2h`, `1h30m`, `1d`, `2 hours`. Throws `invalid_input` for what is none, nothing, or more than `mostMs`. */
export function readDuration(text: string, mostMs: number): number {
  const typed = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  const [, days = '0', hours = '0', minutes = '0'] = parts.exec(typed) ?? [];
  const ms = Number(days) * DAY_MS + Number(hours) * HOUR_MS + Number(minutes) * MINUTE_MS;
  if (ms === 0) {
    throw new AppError(
      'invalid_input',
      `“${literal(shortened(text, 40))}” is no length of time that I know. Say it like \`90m\`, \`2h\`, \`1h30m\` or \`1d\`.`,
    );
  }
  if (ms > mostMs) {
    throw new AppError('invalid_input', `That is too long: at most ${spoken(mostMs)}.`);
  }
  return ms;
}
