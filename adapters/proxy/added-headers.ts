import type { Exchange } from '../../core/ports/exchange-desk.ts';

/** What an answer carries of ours; nothing where it is no turn. */
export function addedHeaders({
  turnId,
  sessionId,
}: Pick<Exchange, 'turnId' | 'sessionId'>): Readonly<Record<string, string>> {
  return turnId === '' ? {} : { 'x-metaclaw-turn-id': turnId, 'x-metaclaw-session-id': sessionId };
}
