import type { EventId, PersonId } from '../domain/ids.ts';
import { bySignalOrder, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import { outcomeOf } from '../feedback/feedback-forms.ts';
import type { CommandInvocation } from './context.ts';
import { counted, inlineCode, literal, percent, shortened, spoken } from './markdown-text.ts';

const shownWordsChars = 300;
/** The latest ones: a ledger of one answer has no bound. */
const mostMarksInFull = 20;

/** What was ever given about one answer: what still stands, and what was taken back or replaced. */
export interface Marks {
  readonly standing: readonly Signal[];
  readonly gone: readonly Signal[];
}

/** What those are called who are known by name. */
export type VoiceNames = ReadonlyMap<PersonId, string>;

/** Of what one person gave, took back and gave again the same thing, only the last time is among them. */
export function marksOf(signals: readonly Signal[]): Marks {
  const standing = standingSignals(signals);
  const known = new Set<string>(standing.map(sameMark));
  const seen = new Set<EventId>();
  const gone: Signal[] = [];
  for (const signal of signals.toSorted(bySignalOrder).toReversed()) {
    if (signal.change !== 'given' || seen.has(signal.eventId) || known.has(sameMark(signal))) continue;
    seen.add(signal.eventId);
    known.add(sameMark(signal));
    gone.unshift(signal);
  }
  return { standing, gone };
}

const sameMark = ({ kind, actorId, slot, name }: Signal): string =>
  JSON.stringify([kind, actorId, slot, name]);

/** How often each mark was given and by what kind of person: no names and nobody's words. */
export function markTally(signals: readonly Signal[], viewer: Pick<CommandInvocation, 'actorId'>): string {
  const givers = new Map<string, Map<Giver, number>>();
  for (const signal of signals) {
    const mark = markOf(signal);
    const counts = givers.get(mark) ?? new Map<Giver, number>();
    const giver = giverOf(signal, viewer);
    counts.set(giver, (counts.get(giver) ?? 0) + 1);
    givers.set(mark, counts);
  }
  return [...givers].map(([mark, counts]) => `${literal(mark)}${fromWhom(counts)}`).join(', ');
}

/** One line for each, with who and in which words: for a maintainer, alone. */
export function marksInFull(
  { standing, gone }: Marks,
  asker: Pick<CommandInvocation, 'actorId'>,
  now: number,
  names: VoiceNames,
): readonly string[] {
  const all = [
    ...standing.map((signal) => ({ signal, note: '' })),
    ...gone.map((signal) => ({ signal, note: ', taken back or changed' })),
  ];
  const shown = all.toSorted((a, b) => bySignalOrder(b.signal, a.signal)).slice(0, mostMarksInFull);
  const rest = all.length - shown.length;
  return [
    ...shown.map(({ signal, note }) => fullLine(signal, asker, note, now, names)),
    ...(rest > 0 ? [`- and ${counted(rest, 'earlier one', 'earlier ones')}`] : []),
  ];
}

function fullLine(
  signal: Signal,
  asker: Pick<CommandInvocation, 'actorId'>,
  note: string,
  now: number,
  names: VoiceNames,
): string {
  const { actorId, actorIsBot, text, occurredAt, rule, weight } = signal;
  const giver = actorId === undefined ? undefined : giverIn(actorId, asker, names);
  const who = giver === undefined ? '' : ` from ${giver}${actorIsBot ? ' (a bot)' : ''}`;
  const words = text === undefined ? '' : `: “${literal(shortened(text, shownWordsChars))}”`;
  const trust = weight === 1 ? '' : `, trusted ${percent(weight)}`;
  const when = `${spoken(now - occurredAt)} ago`;
  return `- ${literal(markOf(signal))}${who}, ${when}, by ${literal(rule)}${trust}${note}${words}`;
}

function giverIn(actorId: PersonId, asker: Pick<CommandInvocation, 'actorId'>, names: VoiceNames): string {
  if (actorId === asker.actorId) return 'you';
  const name = names.get(actorId);
  return name === undefined ? inlineCode(actorId) : literal(name);
}

export function signed(value: number): string {
  return `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(value).toFixed(2)}`;
}

type Giver = 'you' | 'other' | 'bot' | 'nobody';

function giverOf(signal: Signal, { actorId }: Pick<CommandInvocation, 'actorId'>): Giver {
  if (signal.actorId === undefined) return 'nobody';
  if (signal.actorIsBot) return 'bot';
  return signal.actorId === actorId ? 'you' : 'other';
}

function fromWhom(counts: ReadonlyMap<Giver, number>): string {
  const nobodys = counts.get('nobody') ?? 0;
  const people = [
    ...(counts.has('you') ? ['you'] : []),
    ...others(counts.get('other'), 'another person', 'other people'),
    ...others(counts.get('bot'), 'a bot, which does not count', 'bots, which do not count'),
  ];
  if (people.length === 0) return nobodys > 1 ? ` × ${nobodys}` : '';
  return ` from ${people.join(' and ')}`;
}

function others(count: number | undefined, one: string, many: string): readonly string[] {
  if (count === undefined) return [];
  return [count === 1 ? one : `${count} ${many}`];
}

const verdictMarks: Readonly<Record<string, string>> = { good: '👍', bad: '👎' };
const nextMarks: Readonly<Record<string, string>> = {
  correction: 'a correction',
  rephrase: 'the question in other words',
  thanks: 'thanks',
  regenerate: 'a wish for another answer',
  abandonment: 'a subject dropped',
};

/** What was given, in a few words. People's own are not among them. */
function markOf({ kind, name, polarity, weight, actorId }: Signal): string {
  const counting = weight === 0 ? ', which does not count' : '';
  switch (kind) {
    case 'reaction':
      return name;
    case 'button':
      return verdictMarks[name] ?? name;
    case 'feedback':
      return `${verdictMarks[name] ?? name} by command`;
    case 'correction':
      return 'a correction';
    case 'reason':
      return `said to be ${outcomeOf(name) ?? name}`;
    case 'regenerate':
      return 'asked again with Retry';
    case 'next':
      return `${nextMarks[name] ?? name} (read by the judge in the next message${counting})`;
    case 'judge':
      return `${signed(polarity)} from the judge${name === 'with_next' ? ', with the next message in view' : ''}${counting}`;
    case 'tool':
      return name === 'ok' ? 'a tool that worked' : 'a tool that failed';
    case 'hold':
      return actorId === undefined ? 'held back by the guard' : 'held back by a maintainer';
  }
}
