import { contentUses } from '../core/domain/content-use.ts';
import { platformTerms, settingOfUse } from './platform-terms.ts';
import type { Settings } from './schema.ts';

/** A setting of `learning`, `feedback` or `judge` and what is wrong with it. */
export interface LearningProblem {
  readonly path: string;
  readonly message: string;
}

/** Uses switched on where a platform's terms forbid them, a guard that could never speak, a judge that could never be asked. */
export function learningProblems({
  learning,
  feedback,
  judge,
  skills,
  embeddings,
}: Settings): readonly LearningProblem[] {
  const problems: LearningProblem[] = contentUses.flatMap((use) => {
    const setting = settingOfUse[use];
    return learning[setting]
      .filter((platform) => platformTerms[platform][use] === 'never')
      .map((platform) => ({
        path: `learning.${setting}`,
        message: `names ${platform}, whose terms forbid this use of what people write there. Take ${platform} out.`,
      }));
  });
  if (feedback.burstSuspects > feedback.burstVotes) {
    problems.push({
      path: 'feedback.burstSuspects',
      message:
        'is more than feedback.burstVotes, so that no burst would ever be noticed. Make it at most as many.',
    });
  }
  if (judge.model !== '' && judge.dailyCalls < judge.votes) {
    problems.push({
      path: 'judge.dailyCalls',
      message: `is less than the ${judge.votes} votes of one look (judge.votes), so that no answer would ever be rated. Allow more, or set judge.model to nothing.`,
    });
  }
  if ((skills.retrieval === 'fused' || skills.retrieval === 'embedding') && embeddings.model === '') {
    problems.push({
      path: 'skills.retrieval',
      message: `is ${skills.retrieval}, which needs vectors, but embeddings.model is empty. Name a model there, or set skills.retrieval to lexical.`,
    });
  }
  return problems;
}
