import { standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import { outcomeOf } from './feedback-forms.ts';

/**
 * What kind of failure people named. `wrong`: the content, which skills learn from. `unwelcome`: the tone, the length,
 * or that it was said at all, which is a matter of style.
 */
export type Outcome = 'wrong' | 'unwelcome';

/**
 * What the people who rated a turn badly said was bad about it; `undefined` where nobody did. One word about the content
 * outweighs any number about the manner. Without bad ratings by people every reason given counts. Bots' do not.
 */
export function outcomeOfTurn(signals: readonly Signal[]): Outcome | undefined {
  const standing = standingSignals(signals).filter(
    (signal) => !signal.actorIsBot && signal.authority === 'explicit',
  );
  const lastWord = new Map(
    standing.filter(({ polarity }) => polarity !== 0).map(({ actorId, polarity }) => [actorId, polarity]),
  );
  const unhappy = [...lastWord].filter(([, polarity]) => polarity < 0).map(([actorId]) => actorId);
  const heard = standing.filter(
    ({ kind, actorId }) =>
      (kind === 'reason' || kind === 'correction') &&
      (unhappy.length === 0 ? lastWord.get(actorId) === undefined : unhappy.includes(actorId)),
  );
  const outcomes = heard.map(({ name }) => outcomeOf(name));
  if (outcomes.includes('wrong')) return 'wrong';
  return outcomes.includes('unwelcome') ? 'unwelcome' : undefined;
}
