import type { SessionId } from '../../core/domain/ids.ts';
import type { Session, SessionEnd } from '../../core/domain/session.ts';
import type { ApiKeyStore, KeySpending } from '../../core/ports/api-key-store.ts';
import type { SessionStore } from '../../core/ports/session-store.ts';
import type { RecordedTurn, TurnStore } from '../../core/ports/turn-store.ts';

/** The parts of the stores that write what is known of exchanges which are over. */
export interface ExchangeWrites {
  readonly sessions: Pick<SessionStore, 'open' | 'touch' | 'end'>;
  readonly turns: Pick<TurnStore, 'record'>;
  readonly keys: Pick<ApiKeyStore, 'spent'>;
}

/** One of those writes as plain data, for another thread. */
export type ExchangeWrite =
  | { readonly kind: 'open'; readonly session: Session }
  | { readonly kind: 'touch'; readonly sessionId: SessionId; readonly at: number }
  | { readonly kind: 'end'; readonly sessionId: SessionId; readonly at: number; readonly reason: SessionEnd }
  | { readonly kind: 'record'; readonly recorded: RecordedTurn }
  | { readonly kind: 'spent'; readonly spending: KeySpending; readonly at: number };

/** Resolves with what the store's method does. */
export function performWrite(
  { sessions, turns, keys }: ExchangeWrites,
  write: ExchangeWrite,
): Promise<unknown> {
  switch (write.kind) {
    case 'open':
      return sessions.open(write.session);
    case 'touch':
      return sessions.touch(write.sessionId, write.at);
    case 'end':
      return sessions.end(write.sessionId, write.at, write.reason);
    case 'record':
      return turns.record(write.recorded);
    case 'spent':
      return keys.spent(write.spending, write.at);
  }
}
