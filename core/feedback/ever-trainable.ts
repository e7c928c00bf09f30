import type { ContentUse } from '../domain/content-use.ts';
import type { Turn } from '../domain/turn.ts';
import { type ContentPolicy, type HasConsent, mayUse, provenanceOf } from './content-door.ts';

const trainings = ['train_local', 'train_hosted'] as const satisfies readonly ContentUse[];

const everybody: HasConsent = () => true;

/** The same terms with everything switched on. */
function opened(policy: ContentPolicy): ContentPolicy {
  const isOn = { judge: true, evolve: true, train_local: true, train_hosted: true, export: true };
  return new Map([...policy].map(([platform, { terms }]) => [platform, { terms, isOn }]));
}

/**
 * Whether a turn could train a model if the operator allowed everything and everybody agreed. Not where the terms of any
 * platform that it has words from forbid it, also through a skill, and not in a conversation that is held out. What does not
 * hold here can never hold later; what the operator has off at present may.
 */
export function isEverTrainable(
  turn: Pick<Turn, 'conversation' | 'askerId' | 'promptAuthors' | 'skills' | 'isHoldOut'>,
  policy: ContentPolicy,
): boolean {
  if (turn.isHoldOut) return false;
  const terms = opened(policy);
  const provenance = provenanceOf(turn);
  return trainings.some((use) => mayUse(use, provenance, terms, everybody).allowed);
}
