import type { EventId, PersonId, TurnId } from '../../core/domain/ids.ts';
import type { LedgerStore, Vote } from '../../core/ports/ledger-store.ts';
import type { SqliteDatabase } from './database.ts';
import { SIGNAL_COLUMNS, type SignalRow, toSignal } from './ledger-rows.ts';

type Reads = Pick<
  LedgerStore,
  'page' | 'newest' | 'votesBetween' | 'firstSignalsAt' | 'judgedAndRated' | 'heldTurns'
>;

interface VoteRow {
  readonly event_id: EventId;
  readonly turn_id: TurnId;
  readonly actor_id: PersonId | null;
  readonly change: Vote['change'];
  readonly kind: Vote['kind'];
  readonly slot: string | null;
  readonly name: string;
  readonly polarity: number;
  readonly occurred_at: number;
}

interface RatingRow {
  readonly sequence: number;
  readonly turn_id: TurnId;
  readonly judged: number;
}

/** Ratings looked through at once, and in all: without a judge in former days nobody should wait for a search of years. */
const RATINGS_AT_ONCE = 500;
const RATINGS_IN_ALL = 20_000;

/** The order of event ids is that of JavaScript's strings, as in the fold. */
const byTimeAndId = (a: VoteRow, b: VoteRow): number =>
  a.occurred_at - b.occurred_at || (a.event_id < b.event_id ? -1 : 1);

/** The part of the ledger that reads many turns at once. */
export function createLedgerReads(database: SqliteDatabase): Reads {
  const page = database.statement<[number, number], SignalRow & { readonly sequence: number }>(
    `SELECT sequence, ${SIGNAL_COLUMNS} FROM ledger WHERE sequence > ? ORDER BY sequence LIMIT ?`,
  );
  const newest = database.statement<[], { sequence: number | null }>(
    'SELECT MAX(sequence) AS sequence FROM ledger',
  );
  const withTurn = (
    index: string,
  ): string => `ledger l INDEXED BY ${index} LEFT JOIN reply_messages r ON r.platform = l.target_platform
      AND r.channel_id = l.target_channel_id AND r.message_id = l.target_message_id`;
  const votes = database.statement<[string, number, number, number], VoteRow>(`
    SELECT l.event_id, COALESCE(l.target_turn_id, r.turn_id) AS turn_id, l.actor_id, l.change, l.kind,
      l.slot, l.name, l.polarity, l.occurred_at
    FROM ${withTurn('ledger_votes')}
    WHERE l.space_id = ? AND l.occurred_at >= ? AND l.occurred_at <= ? AND l.authority = 'explicit'
      AND l.actor_is_bot = 0 AND l.kind <> 'hold' AND (l.polarity <> 0 OR l.change <> 'given')
      AND COALESCE(l.target_turn_id, r.turn_id) IS NOT NULL
    ORDER BY l.occurred_at LIMIT ?`);
  const firstAt = database.statement<[string, string], { first_at: number | null }>(
    `SELECT MIN(occurred_at) AS first_at FROM ledger INDEXED BY ledger_by_actor
     WHERE actor_id = ? AND space_id = ? AND authority <> 'judge' AND kind <> 'tool'`,
  );
  const ratings = database.statement<[string, string, number, number], RatingRow>(`
    SELECT l.sequence, COALESCE(l.target_turn_id, r.turn_id) AS turn_id,
      EXISTS (SELECT 1 FROM ledger j WHERE j.target_turn_id = COALESCE(l.target_turn_id, r.turn_id)
        AND j.kind = 'judge' AND j.name = ?)
      OR EXISTS (SELECT 1 FROM reply_messages m JOIN ledger j ON j.target_platform = m.platform
          AND j.target_channel_id = m.channel_id AND j.target_message_id = m.message_id
        WHERE m.turn_id = COALESCE(l.target_turn_id, r.turn_id) AND j.kind = 'judge' AND j.name = ?) AS judged
    FROM ${withTurn('ledger_ratings')}
    WHERE l.kind IN ('reaction', 'button', 'feedback') AND l.change = 'given' AND l.polarity <> 0
      AND l.actor_is_bot = 0 AND l.sequence < ?
    ORDER BY l.sequence DESC LIMIT ?`);
  // The turn's last row about a hold says whether one stands.
  const held = database.statement<[string, number], { turn_id: TurnId }>(`
    SELECT h.target_turn_id AS turn_id FROM ledger h INDEXED BY ledger_holds
    WHERE h.space_id = ? AND h.kind = 'hold' AND h.change = 'given' AND h.target_turn_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM ledger n WHERE n.target_turn_id = h.target_turn_id AND n.kind = 'hold'
        AND (n.occurred_at, n.event_id) > (h.occurred_at, h.event_id))
    ORDER BY h.occurred_at DESC, h.event_id DESC LIMIT ?`);

  return {
    page: async (afterSequence, limit) =>
      database
        .attempt(() => page.all(afterSequence, limit))
        .map((row) => ({ sequence: row.sequence, signal: toSignal(row) })),
    newest: async () => database.attempt(() => newest.get())?.sequence ?? 0,
    votesBetween: async (spaceId, from, to, limit) =>
      database
        .attempt(() => votes.all(spaceId, from, to, limit))
        .toSorted(byTimeAndId)
        .map((row) => ({
          eventId: row.event_id,
          turnId: row.turn_id,
          ...(row.actor_id === null ? {} : { actorId: row.actor_id }),
          change: row.change,
          kind: row.kind,
          ...(row.slot === null ? {} : { slot: row.slot }),
          name: row.name,
          polarity: row.polarity,
          occurredAt: row.occurred_at,
        })),
    firstSignalsAt: async (spaceId, actorIds) =>
      database.snapshot(() => {
        const found = new Map<PersonId, number>();
        for (const actorId of actorIds) {
          const at = firstAt.get(actorId, spaceId)?.first_at ?? undefined;
          if (at !== undefined) found.set(actorId, at);
        }
        return found;
      }),
    heldTurns: async (spaceId, limit) =>
      database.attempt(() => held.all(spaceId, limit)).map((row) => row.turn_id),
    judgedAndRated: async (name, limit) => {
      const found = new Set<TurnId>();
      let before = Number.MAX_SAFE_INTEGER;
      for (let seen = 0; seen < RATINGS_IN_ALL; seen += RATINGS_AT_ONCE) {
        const rows = database.attempt(() => ratings.all(name, name, before, RATINGS_AT_ONCE));
        for (const row of rows) {
          if (row.judged === 1 && found.size < limit) found.add(row.turn_id);
          before = row.sequence;
        }
        if (found.size >= limit || rows.length < RATINGS_AT_ONCE) break;
      }
      return [...found];
    },
  };
}
