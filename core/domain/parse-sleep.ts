import type { SleepHours, SleepRange } from './sleep-hours.ts';
import { readSleepTokens, type SleepToken, sleepRefusal } from './sleep-tokens.ts';
import { type IsoWeekday, isoWeekdays } from './wall-clock.ts';

const longestChars = 1_000;
/** So many ranges at most has what a person says. */
export const mostSleepRanges = 20;

/**
 * Hours of sleep as people type them: `23-7`, `11pm–7am`, `23:00-07:00 mon-fri, 00:00-09:00 sat sun`,
 * `weekdays 22:30-6:30; weekends 0-10`, `24h sat`; `never` is none. Days stand before their hours or after them; without any it is
 * daily. A comma or a semicolon ends what belongs together. Throws `invalid_input`, also for what may mean two things.
 */
export function parseSleep(text: string): SleepHours {
  if (text.length > longestChars) throw sleepRefusal('These hours of sleep are too long to read.');
  if (/^\s*(?:never|none|no)\s*$/i.test(text)) return { ranges: [] };
  const pieces = cutPieces(readSleepTokens(text)).flatMap(readPiece);
  if (pieces.length === 0) throw sleepRefusal('Hours of sleep are missing.');
  const isSaid = pieces.map(({ days }) => days.length > 0);
  if (isSaid.includes(true) && isSaid.includes(false)) {
    throw sleepRefusal('Say the days of all hours or of none; every day is `daily`.');
  }
  const ranges = pieces.flatMap(({ days, hours }) => hours.map((range) => toRange(days, range)));
  if (ranges.length > mostSleepRanges) {
    throw sleepRefusal(`That is too much: at most ${mostSleepRanges} ranges.`);
  }
  return { ranges };
}

type Hours = Pick<SleepRange, 'startMinute' | 'endMinute'>;

/** Hours and the days on which they begin; no days where none were said. */
interface Piece {
  readonly days: readonly IsoWeekday[];
  readonly hours: readonly Hours[];
}

type PieceToken = Extract<SleepToken, { readonly kind: 'hours' | 'days' }>;

/** Cuts where hours and days that belong together end. A comma after days may also have more days behind it, or their hours. */
function cutPieces(tokens: readonly SleepToken[]): readonly (readonly PieceToken[])[] {
  const pieces: PieceToken[][] = [];
  let current: PieceToken[] = [];
  let isAfterComma = false;
  const cut = (): void => {
    if (current.length > 0) pieces.push(current);
    current = [];
  };
  for (const token of tokens) {
    if (token.kind === 'comma') {
      isAfterComma = true;
      continue;
    }
    if (token.kind === 'end') {
      cut();
    } else {
      if (isAfterComma && isWhole(current, token)) cut();
      current.push(token);
    }
    isAfterComma = false;
  }
  cut();
  return pieces;
}

/** Whether something ends at a comma that `next` stands behind. */
function isWhole(piece: readonly PieceToken[], next: PieceToken): boolean {
  const kinds = new Set(piece.map(({ kind }) => kind));
  if (!kinds.has('hours')) return false;
  if (next.kind === 'hours') return true;
  return kinds.has('days') && piece.at(-1)?.kind === 'hours';
}

/** Days and hours by turns, whichever comes first: two and two belong together. */
function readPiece(tokens: readonly PieceToken[]): readonly Piece[] {
  const turns: PieceToken[][] = [];
  for (const token of tokens) {
    const turn = turns.at(-1);
    if (turn?.[0]?.kind === token.kind) turn.push(token);
    else turns.push([token]);
  }
  const pieces: Piece[] = [];
  for (let place = 0; place < turns.length; place += 2) {
    const both = [...(turns[place] ?? []), ...(turns[place + 1] ?? [])];
    const hours = both.flatMap((token) => (token.kind === 'hours' ? [token.hours] : []));
    if (hours.length === 0) throw sleepRefusal('There are days without hours.');
    pieces.push({ days: both.flatMap((token) => (token.kind === 'days' ? token.days : [])), hours });
  }
  return pieces;
}

function toRange(days: readonly IsoWeekday[], hours: Hours): SleepRange {
  const said = days.length === 0 ? isoWeekdays : isoWeekdays.filter((day) => days.includes(day));
  return { days: said, ...hours };
}
