import { toAppError } from '../domain/app-error.ts';
import type { Session, SessionEnd } from '../domain/session.ts';
import type { SessionStore } from '../ports/session-store.ts';

type SavingStore = Pick<SessionStore, 'open' | 'current' | 'touch' | 'end'>;

/** A session as this process knows it; the store may not know all of it yet. */
export interface KnownSession {
  session: Session;
  /** The activity that the store knows of, epoch milliseconds. */
  storedAt: number;
  isStored: boolean;
  /** The one in whose place it began, until its end is stored. */
  before: KnownSession | undefined;
}

/** Activity is written down at most this often: after a crash a session may end a minute early, no worse. */
export const touchEveryMs = 60_000;

/** One that has ended keeps its end. */
export function endKnown(known: KnownSession, at: number, reason: SessionEnd): void {
  const { session } = known;
  if (session.endedAt !== undefined) return;
  known.session = { ...session, endedAt: Math.max(at, session.lastActiveAt), endReason: reason };
}

/** Another one may be open there that this process has forgotten, or never knew. */
async function openStored(session: Session, sessions: SavingStore): Promise<void> {
  try {
    await sessions.open(session);
  } catch (thrown) {
    const error = toAppError(thrown);
    if (error.code !== 'conflict') throw error;
    const other = await sessions.current(session.conversationKey);
    // It ended just now.
    if (other === undefined) return sessions.open(session);
    const endedAt = Math.max(session.startedAt, other.lastActiveAt);
    await Promise.all([sessions.end(other.sessionId, endedAt, 'gap'), sessions.open(session)]);
  }
}

/**
 * Writes down what the store does not know. Every write is begun before the first one is waited for, so that all are in one
 * commit. Again is fine. Rejects as the store does.
 */
export async function saveKnown(known: KnownSession, sessions: SavingStore): Promise<void> {
  const { before } = known;
  const { endedAt, endReason, ...session } = known.session;
  const writes: Promise<unknown>[] = [];
  if (before !== undefined) writes.push(saveKnown(before, sessions));
  if (!known.isStored) writes.push(openStored(session, sessions));
  if (endedAt !== undefined) {
    writes.push(sessions.end(session.sessionId, endedAt, endReason ?? 'gap'));
  } else if (session.lastActiveAt - known.storedAt >= touchEveryMs) {
    writes.push(sessions.touch(session.sessionId, session.lastActiveAt));
  }
  await Promise.all(writes);
  known.isStored = true;
  known.storedAt = Math.max(known.storedAt, session.lastActiveAt);
  known.before = undefined;
}
