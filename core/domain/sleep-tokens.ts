import { AppError } from './app-error.ts';
import type { SleepRange } from './sleep-hours.ts';
import { type IsoWeekday, isoWeekdays } from './wall-clock.ts';

export type SleepToken =
  | { readonly kind: 'hours'; readonly hours: Pick<SleepRange, 'startMinute' | 'endMinute'> }
  /** Not in order, and not each once. */
  | { readonly kind: 'days'; readonly days: readonly IsoWeekday[] }
  | { readonly kind: 'comma' }
  /** A semicolon or a new line. */
  | { readonly kind: 'end' };

/** `problem`: a sentence. */
export function sleepRefusal(problem: string): AppError {
  return new AppError(
    'invalid_input',
    `${problem} Say it like \`23:00-07:00\`, \`11pm-7am weekdays; 0-10 sat sun\`, \`24h sun\` or \`never\`.`,
  );
}

const time = String.raw`(noon|midday|midnight|\d{4}|\d{1,2}(?:[:.h]\d{2}| ?h)?(?: ?[ap](?:\.?m\.?)?(?![a-z]))?)`;
const hours = new RegExp(String.raw`${time} ?(?:-|to|till?|until) ?${time}(?![\w:])`, 'y');
const wholeDay = /(?:24 ?h(?:ours?|rs?)?|(?:all|whole)[ -]day)(?!\w)/y;
const everyDay = /(?:(?:every|each|all) ?(?:days?|nights?)|daily|nightly)(?!\w)/y;
const dayRange = /([a-z]+) ?(?:-|to|thru|through) ?([a-z]+)/y;
const word = /[a-z]+/y;
const comma = /,/y;
const end = /[;\n]/y;
/** What stands between days and hours and changes nothing. */
const filler =
  /[ .:=&+/]|(?:and|on|from|the|nights?)(?!\w)|(?:every|each) (?!days?(?!\w)|nights?(?!\w))|-(?= )/y;

const dayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** What a text says of days and hours, in its order. Throws `invalid_input` for what says neither. */
export function readSleepTokens(text: string): readonly SleepToken[] {
  const line = plain(text);
  const tokens: SleepToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): readonly string[] | undefined => {
    pattern.lastIndex = at;
    const match = pattern.exec(line);
    if (match === null) return undefined;
    at += match[0].length;
    return match;
  };
  while (at < line.length) {
    if (take(filler) !== undefined) continue;
    const token = readHours(take) ?? readSeparator(take) ?? readDays(take);
    if (token === undefined) throw unknownAt(line, at);
    tokens.push(token);
  }
  return tokens;
}

/** One kind of digits, dash and blank, in lower case. */
function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u2010-\u2015\u2212~]/g, '-')
    .replaceAll(/[^\S\n]+/g, ' ')
    .trim();
}

type Take = (pattern: RegExp) => readonly string[] | undefined;

function readSeparator(take: Take): SleepToken | undefined {
  if (take(comma) !== undefined) return { kind: 'comma' };
  return take(end) === undefined ? undefined : { kind: 'end' };
}

function readHours(take: Take): SleepToken | undefined {
  const match = take(hours);
  if (match !== undefined) {
    return { kind: 'hours', hours: hoursBetween(readTime(match[1] ?? ''), readTime(match[2] ?? '')) };
  }
  if (take(wholeDay) === undefined) return undefined;
  return { kind: 'hours', hours: { startMinute: 0, endMinute: 0 } };
}

interface TypedTime {
  /** 0 … 1440. */
  readonly minute: number;
  readonly typed: string;
  readonly hasHalf: boolean;
  /** Whether it may be one of the morning and one of the evening. */
  readonly isTwofold: boolean;
}

function hoursBetween(start: TypedTime, end: TypedTime): Pick<SleepRange, 'startMinute' | 'endMinute'> {
  if (start.minute === 1440) throw sleepRefusal('Hours begin at 00:00, not at 24:00.');
  const isHalfSaid = start.hasHalf !== end.hasHalf && (start.isTwofold || end.isTwofold);
  const isBare = [start, end].every(({ typed, isTwofold }) => isTwofold && /^\d+$/.test(typed));
  if (isHalfSaid || (isBare && end.minute <= start.minute)) {
    throw sleepRefusal(`Is it morning or evening in “${start.typed}-${end.typed}”?`);
  }
  return { startMinute: start.minute, endMinute: end.minute % 1440 };
}

function readTime(typed: string): TypedTime {
  if (typed === 'noon' || typed === 'midday') {
    return { minute: 720, typed, hasHalf: false, isTwofold: false };
  }
  if (typed === 'midnight') return { minute: 0, typed, hasHalf: false, isTwofold: false };
  const [, hourText = '', minuteText = '0', half] =
    /^(\d{1,2})[:.h]?(\d{2})?(?: ?h)? ?([ap])?/.exec(typed) ?? [];
  const [hour, minute] = [Number(hourText), Number(minuteText)];
  const isHour = half === undefined ? hour <= 24 : hour >= 1 && hour <= 12;
  if (!isHour || minute > 59 || (hour === 24 && minute > 0)) {
    throw sleepRefusal(`“${typed}” is no time of day.`);
  }
  const hourOfDay = half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0);
  return {
    minute: hourOfDay * 60 + minute,
    typed,
    hasHalf: half !== undefined,
    isTwofold: half === undefined && hour >= 1 && hour <= 12 && !hourText.startsWith('0'),
  };
}

function readDays(take: Take): SleepToken | undefined {
  if (take(everyDay) !== undefined) return { kind: 'days', days: isoWeekdays };
  const range = take(dayRange);
  if (range !== undefined) {
    return { kind: 'days', days: daysBetween(readDay(range[1] ?? ''), readDay(range[2] ?? '')) };
  }
  const [name] = take(word) ?? [];
  if (name === undefined) return undefined;
  if (/^(?:week|work)days?$/.test(name)) return { kind: 'days', days: [1, 2, 3, 4, 5] };
  if (/^weekends?$/.test(name)) return { kind: 'days', days: [6, 7] };
  return { kind: 'days', days: [readDay(name)] };
}

/** From one day of the week to another, over a Sunday where need be. */
function daysBetween(first: IsoWeekday, last: IsoWeekday): readonly IsoWeekday[] {
  const count = ((last - first + 7) % 7) + 1;
  return Array.from({ length: count }, (_, place) => isoWeekdays[(first - 1 + place) % 7] ?? first);
}

/** A name from its first two letters on, in the plural too. */
function readDay(name: string): IsoWeekday {
  const place = [name, name.replace(/s$/, '')]
    .filter(({ length }) => length >= 2)
    .map((beginning) => dayNames.findIndex((day) => day.startsWith(beginning)))
    .find((found) => found >= 0);
  const day = place === undefined ? undefined : isoWeekdays[place];
  if (day === undefined) throw sleepRefusal(`“${name.slice(0, 20)}” is no day of the week that I know.`);
  return day;
}

function unknownAt(line: string, at: number): AppError {
  const [shown] = /[\p{L}\p{N}:]{1,20}/u.exec(line.slice(at)) ?? [];
  return sleepRefusal(
    shown === undefined
      ? 'I do not understand these hours of sleep.'
      : `I do not understand “${shown}” in these hours of sleep.`,
  );
}
