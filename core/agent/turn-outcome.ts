import type { TurnId } from '../domain/ids.ts';
import type { TurnEnd } from '../ports/turn-store.ts';

/**
 * `ended`: the turn is stored with its end. `withdrawn`: nothing shows and nothing was stored, by a restart or a
 * shutdown; the events still wait. `later`: the answer is stored, delivery has to be tried again.
 */
export type TurnOutcome =
  | { readonly kind: 'ended'; readonly turnId: TurnId; readonly state: TurnEnd['state'] }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'later'; readonly turnId: TurnId };
