import { AppError } from '../domain/app-error.ts';
import { type EventId, eventId, type PersonId } from '../domain/ids.ts';
import { bySignalOrder, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { ApiFeedback } from '../ports/exchange-desk.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import { type QuietTimes, restartQuietTime } from './settlement.ts';

export interface ApiFeedbackDeps {
  readonly ledger: Pick<LedgerStore, 'has' | 'append' | 'schedule' | 'ofTurn'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly quietTimes: QuietTimes;
}

/** What was said: at least one of both. A `rating` of `null` takes back what its giver said before. */
export type ApiVerdict = Pick<ApiFeedback, 'rating' | 'text'>;

export interface VerdictOrigin {
  /** The same for the same request again. Or one made from the last that the person said of the turn: it is the same again where that was made so. */
  readonly eventId: EventId | ((last: EventId | undefined) => EventId);
  readonly actorId: PersonId;
}

/** The rule that goes into the ledger beside each row. */
const rule = 'api-feedback@1';
const longestText = 4_000;

type Said = Pick<Signal, 'change' | 'kind' | 'slot' | 'name' | 'polarity' | 'text'>;

const ratings = {
  up: { change: 'given', kind: 'feedback', slot: 'rating', name: 'good', polarity: 1 },
  down: { change: 'given', kind: 'feedback', slot: 'rating', name: 'bad', polarity: -1 },
} as const satisfies Readonly<Record<string, Said>>;

/** Rejects with `invalid_input` what says nothing, or too much. */
export function checkedVerdict({ rating, text }: ApiVerdict): ApiVerdict {
  const words = text?.trim() ?? '';
  if (words.length > longestText) {
    throw new AppError('invalid_input', `The text is longer than ${longestText} characters. Shorten it.`);
  }
  if (rating === undefined && words === '') {
    throw new AppError('invalid_input', 'Feedback needs a rating (up, down or null), a text, or both.');
  }
  return { ...(rating === undefined ? {} : { rating }), ...(words === '' ? {} : { text: words }) };
}

const isVerdict = ({ kind, slot }: Signal): boolean =>
  (kind === 'feedback' && slot === 'rating') || (kind === 'correction' && slot === 'correction');

/** What a rating takes back or replaces: also a correction goes with the rating that it explains. */
function ratingRows(rating: ApiVerdict['rating'], standing: readonly Signal[]): readonly Said[] {
  if (rating === undefined) return [];
  const own = standing.filter(isVerdict);
  const taken = (kind: Signal['kind']): readonly Said[] =>
    own
      .filter((row) => row.kind === kind)
      .map(({ slot, name }) => ({
        change: 'withdrawn',
        kind,
        name,
        polarity: 0,
        ...(slot === undefined ? {} : { slot }),
      }));
  if (rating === 'down') return [ratings.down];
  if (rating === 'up') return [...taken('correction'), ratings.up];
  const none: Said = { change: 'withdrawn', kind: 'feedback', slot: 'rating', name: 'none', polarity: 0 };
  const rows = [...taken('correction'), ...taken('feedback')];
  return rows.length === 0 ? [none] : rows;
}

/** Words beside a bad rating say what was wrong; others are kept and count nothing. */
function textRows({ rating, text }: ApiVerdict, standing: readonly Signal[]): readonly Said[] {
  if (text === undefined) return [];
  const last = standing.find(({ kind, slot }) => kind === 'feedback' && slot === 'rating')?.name;
  const isBad = rating === undefined ? last === 'bad' : rating === 'down';
  return isBad
    ? [{ change: 'given', kind: 'correction', slot: 'correction', name: 'wrong', polarity: -1, text }]
    : [{ change: 'given', kind: 'reason', slot: 'note', name: 'note', polarity: 0, text }];
}

/** Behind the id of what was said, of the rows that are beside its first. */
const besideFirst = /\/\d+$/;

function idOf({ eventId: id }: VerdictOrigin, earlier: readonly Signal[]): EventId {
  if (typeof id !== 'function') return id;
  const said = earlier.filter((row) => row.rule === rule && !besideFirst.test(row.eventId));
  const [last, before] = said.toSorted(bySignalOrder).toReversed();
  const again = id(before?.eventId);
  return last?.eventId === again ? again : id(last?.eventId);
}

/**
 * Writes down what a caller said of an answer, in one commit: the rating, the last of a person stands, and the text. Restarts the
 * turn's quiet time. `duplicate`: this was written down before. Rejects with a storage error when nothing was written, and
 * as `checkedVerdict`. Not twice at once for one person.
 */
export async function recordApiFeedback(
  { turnId, conversation }: Turn,
  verdict: ApiVerdict,
  origin: VerdictOrigin,
  { ledger, clock, quietTimes }: ApiFeedbackDeps,
): Promise<'stored' | 'duplicate'> {
  const checked = checkedVerdict(verdict);
  const { actorId } = origin;
  const earlier = (await ledger.ofTurn(turnId)).filter((row) => row.actorId === actorId);
  const first = idOf(origin, earlier);
  if (await ledger.has(first)) return 'duplicate';
  const standing = standingSignals(earlier);
  const last = earlier.toSorted(bySignalOrder).at(-1);
  const now = clock.now();
  // Two of one millisecond, or of a clock that went back, keep the order in which they came.
  const from = last === undefined ? now : Math.max(now, Math.floor(last.occurredAt) + 1);
  // Before the rows: a crash in between reopens a settled turn for nothing, the other order would lose a reopening.
  await restartQuietTime(turnId, now, quietTimes, ledger);
  const rows = [...ratingRows(checked.rating, standing), ...textRows(checked, standing)];
  const written = await Promise.all(
    rows.map((said, place) =>
      ledger.append({
        eventId: place === 0 ? first : eventId(conversation.platform, `${first}/${place}`),
        platform: conversation.platform,
        spaceId: conversation.spaceId,
        target: { kind: 'turn', turnId },
        actorId,
        actorIsBot: false,
        authority: 'explicit',
        weight: 1,
        rule,
        occurredAt: from + place,
        recordedAt: now,
        ...said,
      }),
    ),
  );
  return written.includes('stored') ? 'stored' : 'duplicate';
}
