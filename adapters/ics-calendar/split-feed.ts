import { badFeed } from './errors.ts';
import type { Work } from './pace.ts';

/** One component of a feed: its own lines, unfolded, of the properties that matter; of a time zone its parts too. */
export interface RawComponent {
  /** In upper case. */
  readonly name: string;
  /** None of one that is too large to be read. */
  readonly lines: readonly string[];
  readonly parts: readonly RawComponent[];
}

export interface SplitFeed {
  /** What the calendar is called. */
  readonly name?: string;
  readonly zones: readonly RawComponent[];
  readonly events: readonly RawComponent[];
  readonly freeBusy: readonly RawComponent[];
}

const maxEvents = 20_000;
const maxZones = 1_000;
/** Of one component with its parts: an event with ten years of days that were taken out has half as many. */
const maxLines = 5_000;
const maxChars = 250_000;
/** One line is read at one go. */
const maxLineChars = 50_000;
const maxNameChars = 100;
/** Looked at between two rests, however many lines that is. */
const charsAtOnce = 20_000;

/** Nothing else is looked at: no title, no place, no name leaves the text. */
const properties = new Set([
  'UID',
  'SEQUENCE',
  'DTSTART',
  'DTEND',
  'DURATION',
  'RRULE',
  'RDATE',
  'EXDATE',
  'RECURRENCE-ID',
  'STATUS',
  'TRANSP',
  'X-MICROSOFT-CDO-BUSYSTATUS',
  'X-MICROSOFT-CDO-ALLDAYEVENT',
  'FREEBUSY',
  'TZID',
  'X-LIC-LOCATION',
  'TZOFFSETFROM',
  'TZOFFSETTO',
]);

const nameOf = (line: string): string => /^[A-Za-z\d-]{0,40}/.exec(line)?.[0].toUpperCase() ?? '';

/** The lines of a text, and now and then `undefined`, where the work can rest. */
function* unfolded(text: string): Generator<string | undefined> {
  let line: string | undefined;
  let at = 0;
  let restAt = charsAtOnce;
  while (at < text.length) {
    if (at >= restAt) {
      restAt = at + charsAtOnce;
      yield undefined;
    }
    const feed = text.indexOf('\n', at);
    const end = feed === -1 ? text.length : feed;
    const next = text.slice(at, text[end - 1] === '\r' && end > at ? end - 1 : end);
    at = end + 1;
    if (line !== undefined && /^[ \t]/.test(next)) {
      // Cut off behind what makes it too long: it is not read.
      if (line.length <= maxLineChars) line += next.slice(1);
      continue;
    }
    if (line !== undefined && line !== '') yield line;
    line = next;
  }
  if (line !== undefined && line !== '') yield line;
}

function calendarName(line: string): string | undefined {
  const value = line.slice(line.indexOf(':') + 1, maxLineChars).replaceAll(/\\([,;\\])/g, '$1');
  const words = value.replaceAll(/\\[nN]|[\p{C}\s]+/gu, ' ').trim();
  return words === '' ? undefined : words.slice(0, maxNameChars);
}

interface OpenPart {
  readonly name: string;
  readonly lines: string[];
  readonly parts: OpenPart[];
}

/** A component while its lines are gathered. */
function createGathering(name: string) {
  const whole: OpenPart = { name, lines: [], parts: [] };
  let part = whole;
  let [lines, chars] = [0, 0];
  let isTooLarge = false;
  const count = (length: number): void => {
    lines += 1;
    chars += length;
    isTooLarge ||= lines > maxLines || chars > maxChars || length > maxLineChars;
  };
  return {
    begin(partName: string): void {
      count(partName.length);
      part = { name: partName, lines: [], parts: [] };
      if (!isTooLarge) whole.parts.push(part);
    },
    end(): void {
      part = whole;
    },
    line(line: string): void {
      count(line.length);
      if (!isTooLarge) part.lines.push(line);
    },
    done: (): RawComponent => (isTooLarge ? { name, lines: [], parts: [] } : whole),
  };
}

/**
 * Takes a feed apart. Each component stands alone afterwards, so that a broken one takes no other with it. Throws `bad_reply` for a text that is
 * no calendar, that ends too early, or that holds more than 20,000 events or 1,000 time zones.
 */
export function* splitFeed(text: string): Work<SplitFeed> {
  const zones: RawComponent[] = [];
  const events: RawComponent[] = [];
  const freeBusy: RawComponent[] = [];
  const kept = new Map([
    ['VTIMEZONE', zones],
    ['VEVENT', events],
    ['VFREEBUSY', freeBusy],
  ]);
  const open: string[] = [];
  let name: string | undefined;
  let hasCalendar = false;
  let gathering = createGathering('');

  /** In a part of a time zone; what is nested deeper, or elsewhere, means nothing. */
  const isInPart = (): boolean => open.length === 3 && open[1] === 'VTIMEZONE';

  function begin(component: string): void {
    if (open.length === 0 && component !== 'VCALENDAR') throw badFeed(noCalendar);
    hasCalendar = true;
    open.push(component);
    if (open.length === 2) gathering = createGathering(component);
    if (isInPart()) gathering.begin(component);
  }

  function end(component: string): void {
    if (open.at(-1) !== component) throw badFeed(cutOff);
    if (isInPart()) gathering.end();
    if (open.length === 2) kept.get(component)?.push(gathering.done());
    open.pop();
    if (events.length + freeBusy.length > maxEvents) {
      throw badFeed('The feed holds more than 20,000 events. Connect one with fewer.');
    }
    if (zones.length > maxZones) {
      throw badFeed('The feed describes more than 1,000 time zones. Connect one with fewer.');
    }
  }

  function property(line: string): void {
    const isName = open.length === 1 && /^(X-WR-CALNAME|NAME)[:;]/i.test(line);
    if (isName) name ??= calendarName(line);
    if (open.length !== 2 && !isInPart()) return;
    if (kept.has(open[1] ?? '') && properties.has(nameOf(line))) gathering.line(line);
  }

  for (const line of unfolded(text.replace(/^\u{feff}/u, ''))) {
    if (line === undefined) {
      yield;
      continue;
    }
    const [, edge, component] = /^(BEGIN|END):\s{0,9}([A-Za-z\d-]{1,99})\s{0,9}$/i.exec(line) ?? [];
    if (component === undefined) {
      if (open.length === 0 && !hasCalendar) throw badFeed(noCalendar);
      property(line);
    } else if (edge?.toUpperCase() === 'BEGIN') begin(component.toUpperCase());
    else end(component.toUpperCase());
  }
  if (!hasCalendar) throw badFeed(noCalendar);
  // What is cut off would look like free time.
  if (open.length > 0) throw badFeed(cutOff);
  return { ...(name !== undefined && { name }), zones, events, freeBusy };
}

const noCalendar =
  'What is at this address is no calendar. Give the address of the feed itself, which usually ends with .ics, not that of a page.';
const cutOff = 'The feed is damaged or ended too early.';
