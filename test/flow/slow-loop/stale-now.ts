import type { Invalidation } from '../../../core/ports/library-store.ts';
import { audienceOfTurn } from '../../../core/skills/audience.ts';
import type { SkillLibrary } from '../../../core/skills/library.ts';
import type { ToldTurn } from './told.ts';

/**
 * Whether a turn is no sample of the library as it is: it is of an earlier generation, and (where that is asked) would be given
 * other skills now. Told from what a new question in the same words would be given, not from the library's own answer.
 */
export function staleNow(
  turn: ToldTurn,
  library: Pick<SkillLibrary, 'generation' | 'retrieve'>,
  mode: Invalidation['mode'],
): boolean {
  if (turn.generation >= library.generation()) return false;
  if (mode === 'strict') return true;
  const audience = audienceOfTurn({
    conversation: turn.conversation,
    conversationKey: turn.key,
    askerId: turn.askerId,
  });
  const { shown } = library.retrieve(turn.words, audience);
  const nameOf = ({ name, version, scope }: (typeof shown)[number]): string =>
    JSON.stringify([name, version, scope]);
  return shown.map(nameOf).toSorted().join() !== turn.skills.map(nameOf).toSorted().join();
}
