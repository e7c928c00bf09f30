import type { ConversationKey } from '../domain/conversation.ts';
import { sessionId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Session, SessionEnd } from '../domain/session.ts';
import type { PastTurn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { TurnStore } from '../ports/turn-store.ts';

export interface SessionsDeps {
  readonly sessions: SessionStore;
  readonly turns: Pick<TurnStore, 'recent'>;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Idle time that ends a session, milliseconds. */
  readonly gapMs: number;
}

/** Which session a conversation is in. Sessions end explicitly: by gap, by command, by shutdown. */
export interface Sessions {
  /** The session that talk at this moment belongs to; ends an outlived one and opens a new one where needed. */
  enter(key: ConversationKey): Promise<Session>;
  /** Ends the open session; false when there was none. */
  end(key: ConversationKey, reason: SessionEnd): Promise<boolean>;
  /** Ends every session that has been idle too long; resolves with how many. */
  sweep(): Promise<number>;
  endAll(reason: SessionEnd): Promise<void>;
  /** The turns before this one, chronological, at most `limit`; across every shutdown that cut the session. */
  history(session: Session, limit: number): Promise<readonly PastTurn[]>;
}

/** Activity is written down at most this often: after a crash a session may end a minute early, no worse. */
const touchEveryMs = 60_000;
/** Sessions remembered to spare the store a question for each message. */
const rememberedSessions = 2_000;

export function createSessions(deps: SessionsDeps): Sessions {
  /** Exact times of what this process has seen; `storedAt` is what the store knows. */
  const open = createLatestMap<ConversationKey, { readonly session: Session; readonly storedAt: number }>(
    rememberedSessions,
  );

  function remember(session: Session, storedAt: number): Session {
    open.set(session.conversationKey, { session, storedAt });
    return session;
  }

  const isCutOff = (session: Session, now: number): boolean =>
    session.endReason === 'shutdown' && now - session.lastActiveAt <= deps.gapMs;

  async function begin(key: ConversationKey, now: number): Promise<Session> {
    const before = await deps.sessions.latest(key);
    const cutOff = before !== undefined && isCutOff(before, now) ? { continues: before.sessionId } : {};
    const session: Session = {
      sessionId: sessionId(deps.ids.next('session')),
      conversationKey: key,
      startedAt: now,
      lastActiveAt: now,
      ...cutOff,
    };
    await deps.sessions.open(session);
    return remember(session, now);
  }

  async function currentOf(key: ConversationKey): Promise<Session | undefined> {
    return open.get(key)?.session ?? deps.sessions.current(key);
  }

  async function touch(session: Session, now: number): Promise<Session> {
    const storedAt = open.get(session.conversationKey)?.storedAt ?? session.lastActiveAt;
    const due = now - storedAt >= touchEveryMs;
    if (due) await deps.sessions.touch(session.sessionId, now);
    return remember({ ...session, lastActiveAt: now }, due ? now : storedAt);
  }

  async function endOne(session: Session, at: number, reason: SessionEnd): Promise<boolean> {
    open.delete(session.conversationKey);
    return deps.sessions.end(session.sessionId, at, reason);
  }

  return {
    async enter(key) {
      const now = deps.clock.now();
      const current = await currentOf(key);
      if (current === undefined) return begin(key, now);
      // A clock that jumped back makes the distance negative and ends nothing.
      if (now - current.lastActiveAt <= deps.gapMs) return touch(current, now);
      await endOne(current, now, 'gap');
      return begin(key, now);
    },
    async end(key, reason) {
      const now = deps.clock.now();
      const current = await currentOf(key);
      if (current !== undefined) return endOne(current, now, reason);
      // A session that a shutdown has cut goes on with the next word: it is ended by one that goes on and ends at once.
      const before = await deps.sessions.latest(key);
      if (before === undefined || !isCutOff(before, now)) return false;
      return endOne(await begin(key, now), now, reason);
    },
    async sweep() {
      const now = deps.clock.now();
      let ended = 0;
      for (const session of await deps.sessions.idleSince(now - deps.gapMs)) {
        const seen = open.get(session.conversationKey)?.session;
        const active = seen?.sessionId === session.sessionId && now - seen.lastActiveAt <= deps.gapMs;
        if (!active && (await endOne(session, now, 'gap'))) ended += 1;
      }
      return ended;
    },
    async endAll(reason) {
      for (const session of await deps.sessions.openSessions())
        await endOne(session, deps.clock.now(), reason);
    },
    async history(session, limit) {
      let turns: readonly PastTurn[] = [];
      let part: Session | undefined = session;
      while (part !== undefined && turns.length < limit) {
        turns = [...(await deps.turns.recent(part.sessionId, limit - turns.length)), ...turns];
        part = part.continues === undefined ? undefined : await deps.sessions.get(part.continues);
      }
      return turns;
    },
  };
}
