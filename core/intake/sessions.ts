import type { ConversationKey } from '../domain/conversation.ts';
import { type SessionId, sessionId } from '../domain/ids.ts';
import { createLatestMap } from '../domain/latest-map.ts';
import type { Session, SessionEnd } from '../domain/session.ts';
import type { PastTurn } from '../domain/turn.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ids } from '../ports/ids.ts';
import type { SessionStore } from '../ports/session-store.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { endKnown, type KnownSession, saveKnown, touchEveryMs } from './known-session.ts';

export interface SessionsDeps {
  readonly sessions: SessionStore;
  /** Writes what was entered soon. Default: `sessions`. */
  readonly soon?: Pick<SessionStore, 'open' | 'touch' | 'end'>;
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
  /** As `enter`, but what is new is in memory only until it is saved. Any number at once enter the same session. */
  enterSoon(key: ConversationKey): Promise<EnteredSession>;
  /** A session of a conversation whose key is not known yet. Nothing of it is kept before it is. */
  beginSoon(): BegunSession;
  /** The session that talk at this moment would belong to, if there is one; changes nothing. */
  look(key: ConversationKey): Promise<Session | undefined>;
}

export interface EnteredSession {
  readonly session: Session;
  /** Writes down what the store does not know of it, in the tick of the call; again is fine, also after a failure. */
  save(): Promise<void>;
  /** Ends it: what is said from now on is in another one. Written down by the next `save`. */
  leave(reason: SessionEnd): void;
}

export interface BegunSession {
  readonly sessionId: SessionId;
  /** Once: this is its conversation. A session that was open there has ended. */
  settle(key: ConversationKey): EnteredSession;
}

/** Ended together, in one commit; a busy hour of programs leaves thousands. */
const endedAtOnce = 200;

async function endEach(
  sessions: readonly Session[],
  end: (session: Session) => Promise<boolean>,
): Promise<number> {
  let ended = 0;
  for (let at = 0; at < sessions.length; at += endedAtOnce) {
    const isEnded = await Promise.all(sessions.slice(at, at + endedAtOnce).map(end));
    ended += isEnded.filter(Boolean).length;
  }
  return ended;
}

/** Sessions remembered to spare the store a question for each message. */
const rememberedSessions = 10_000;

export function createSessions(deps: SessionsDeps): Sessions {
  const { sessions, soon = sessions } = deps;
  const writesSoon: Parameters<typeof saveKnown>[1] = {
    current: (key) => sessions.current(key),
    open: (session) => soon.open(session),
    touch: (id, at) => soon.touch(id, at),
    end: (id, at, reason) => soon.end(id, at, reason),
  };
  const open = createLatestMap<ConversationKey, KnownSession>(rememberedSessions);
  /** Conversations that the store is being asked about. */
  const asked = new Map<ConversationKey, Promise<void>>();

  function remember(session: Session, storedAt: number): Session {
    open.set(session.conversationKey, { session, storedAt, isStored: true, before: undefined });
    return session;
  }

  const isCutOff = (session: Session, now: number): boolean =>
    session.endReason === 'shutdown' && now - session.lastActiveAt <= deps.gapMs;

  /** What goes on with a session that a shutdown cut names it. */
  const continued = (before: Session | undefined, now: number): Pick<Session, 'continues'> =>
    before !== undefined && isCutOff(before, now) ? { continues: before.sessionId } : {};

  function newSession(key: ConversationKey, now: number): Session {
    const id = sessionId(deps.ids.next('session'));
    return { sessionId: id, conversationKey: key, startedAt: now, lastActiveAt: now };
  }

  async function begin(key: ConversationKey, now: number): Promise<Session> {
    const ended = open.get(key);
    if (ended !== undefined) await saveKnown(ended, deps.sessions);
    const before = await deps.sessions.latest(key);
    const session = { ...newSession(key, now), ...continued(before, now) };
    await deps.sessions.open(session);
    return remember(session, now);
  }

  async function currentOf(key: ConversationKey): Promise<Session | undefined> {
    const known = open.get(key);
    if (known === undefined) return deps.sessions.current(key);
    return known.session.endedAt === undefined ? known.session : undefined;
  }

  async function touch(session: Session, now: number): Promise<Session> {
    const known = open.get(session.conversationKey);
    if (known?.isStored === false) {
      known.session = { ...session, lastActiveAt: now };
      return known.session;
    }
    const storedAt = known?.storedAt ?? session.lastActiveAt;
    const due = now - storedAt >= touchEveryMs;
    if (due) await deps.sessions.touch(session.sessionId, now);
    return remember({ ...session, lastActiveAt: now }, due ? now : storedAt);
  }

  async function endOne(session: Session, at: number, reason: SessionEnd): Promise<boolean> {
    const known = open.get(session.conversationKey);
    if (known?.isStored === false && known.session.sessionId === session.sessionId) {
      endKnown(known, at, reason);
      await saveKnown(known, deps.sessions);
      return true;
    }
    if (known?.session.sessionId === session.sessionId) open.delete(session.conversationKey);
    return deps.sessions.end(session.sessionId, at, reason);
  }

  function beginKnown(session: Session, before: KnownSession | undefined): KnownSession {
    if (before !== undefined) endKnown(before, session.startedAt, 'gap');
    const known: KnownSession = { session, storedAt: session.lastActiveAt, isStored: false, before };
    open.set(session.conversationKey, known);
    return known;
  }

  /** Afterwards memory knows what the conversation is in. Several who ask at once share the question. */
  async function ask(key: ConversationKey, now: number): Promise<void> {
    const current = await deps.sessions.current(key);
    const before = current === undefined ? await deps.sessions.latest(key) : undefined;
    if (open.has(key)) return;
    if (current !== undefined) remember(current, current.lastActiveAt);
    else beginKnown({ ...newSession(key, now), ...continued(before, now) }, undefined);
  }

  function entered(known: KnownSession): EnteredSession {
    return {
      session: known.session,
      save: () => saveKnown(known, writesSoon),
      leave: (reason) => endKnown(known, deps.clock.now(), reason),
    };
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
    async enterSoon(key) {
      const now = deps.clock.now();
      if (!open.has(key)) {
        const asking = asked.get(key) ?? ask(key, now).finally(() => asked.delete(key));
        asked.set(key, asking);
        await asking;
      }
      const known = open.get(key);
      if (known === undefined) return entered(beginKnown(newSession(key, now), undefined));
      const { endedAt, lastActiveAt } = known.session;
      if (endedAt !== undefined || now - lastActiveAt > deps.gapMs) {
        return entered(beginKnown(newSession(key, now), known));
      }
      known.session = { ...known.session, lastActiveAt: Math.max(now, lastActiveAt) };
      open.set(key, known);
      return entered(known);
    },
    beginSoon() {
      const startedAt = deps.clock.now();
      const id = sessionId(deps.ids.next('session'));
      return {
        sessionId: id,
        settle(key) {
          const lastActiveAt = deps.clock.now();
          const session = { sessionId: id, conversationKey: key, startedAt, lastActiveAt };
          return entered(beginKnown(session, open.get(key)));
        },
      };
    },
    async look(key) {
      const current = await currentOf(key);
      return current !== undefined && deps.clock.now() - current.lastActiveAt <= deps.gapMs
        ? current
        : undefined;
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
      return endEach(await deps.sessions.idleSince(now - deps.gapMs), async (session) => {
        const seen = open.get(session.conversationKey)?.session;
        const active = seen?.sessionId === session.sessionId && now - seen.lastActiveAt <= deps.gapMs;
        return !active && endOne(session, now, 'gap');
      });
    },
    async endAll(reason) {
      const now = deps.clock.now();
      await endEach(await deps.sessions.openSessions(), (session) => endOne(session, now, reason));
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
