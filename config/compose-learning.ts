import type { PersonId } from '../core/domain/ids.ts';
import type { Turn } from '../core/domain/turn.ts';
import { defaultBurstLimits } from '../core/feedback/brigading.ts';
import {
  type ContentPolicy,
  type DoorAnswer,
  type HasConsent,
  mayUse,
  provenanceOf,
} from '../core/feedback/content-door.ts';
import { createHoldOut } from '../core/feedback/hold-out.ts';
import { polarityTable } from '../core/feedback/polarity.ts';
import type { BotDeps } from '../core/intake/bot.ts';
import type { Ids } from '../core/ports/ids.ts';
import { contentPolicy } from './platform-terms.ts';
import type { Settings } from './schema.ts';

const MINUTE_MS = 60_000;

/** What is made of the settings `feedback` and `learning`. */
export interface ComposedLearning
  extends Pick<
    BotDeps,
    'isHoldOut' | 'contentPolicy' | 'hasConsent' | 'burstLimits' | 'polarity' | 'quietTimes'
  > {
  /** Whether a judge may read this turn, and the words of these people beside it. */
  mayJudge(turn: Turn, hintAuthors: readonly PersonId[]): DoorAnswer;
  /** The same for the model that writes skills. */
  mayEvolve(turn: Turn, hintAuthors: readonly PersonId[]): DoorAnswer;
}

/** Where nobody is asked, nobody has agreed. */
const nobodyAgreed: HasConsent = () => false;

/** `key`: as `holdOutKey` keeps it. `hasConsent`: asked anew each time, as people may take their consent back. */
export function composeLearning(
  { feedback, learning }: Pick<Settings, 'feedback' | 'learning'>,
  key: string,
  ids: Ids,
  hasConsent: HasConsent = nobodyAgreed,
): ComposedLearning {
  const policy: ContentPolicy = contentPolicy(learning);
  return {
    isHoldOut: createHoldOut(key, learning.holdOutPercent / 100, ids),
    contentPolicy: policy,
    hasConsent,
    burstLimits: {
      ...defaultBurstLimits,
      windowMs: feedback.burstMinutes * MINUTE_MS,
      minVotes: feedback.burstVotes,
      minSuspicious: feedback.burstSuspects,
    },
    polarity: polarityTable(feedback.polarity),
    quietTimes: {
      skills: feedback.settleSkillsMinutes * MINUTE_MS,
      weights: feedback.settleWeightsMinutes * MINUTE_MS,
    },
    mayJudge: (turn, hintAuthors) => mayUse('judge', provenanceOf(turn, hintAuthors), policy, hasConsent),
    mayEvolve: (turn, hintAuthors) => mayUse('evolve', provenanceOf(turn, hintAuthors), policy, hasConsent),
  };
}
