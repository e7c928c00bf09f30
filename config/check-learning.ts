import { contentUses } from '../core/domain/content-use.ts';
import { platformTerms, settingOfUse } from './platform-terms.ts';
import type { Settings } from './schema.ts';

/** A setting of `learning` or `feedback` and what is wrong with it. */
export interface LearningProblem {
  readonly path: string;
  readonly message: string;
}

/** Uses switched on where a platform's terms forbid them, and a guard that could never speak. */
export function learningProblems({ learning, feedback }: Settings): readonly LearningProblem[] {
  const forbidden = contentUses.flatMap((use) => {
    const setting = settingOfUse[use];
    return learning[setting]
      .filter((platform) => platformTerms[platform][use] === 'never')
      .map((platform) => ({
        path: `learning.${setting}`,
        message: `names ${platform}, whose terms forbid this use of what people write there. Take ${platform} out.`,
      }));
  });
  if (feedback.burstSuspects <= feedback.burstVotes) return forbidden;
  return [
    ...forbidden,
    {
      path: 'feedback.burstSuspects',
      message:
        'is more than feedback.burstVotes, so that no burst would ever be noticed. Make it at most as many.',
    },
  ];
}
