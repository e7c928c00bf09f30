import type { Turn } from '../../domain/turn.ts';
import { queryText } from '../query-text.ts';
import { commonShare, sameTopicShare } from './cluster-failures.ts';
import { type Failure, tellingTerms } from './failure.ts';

/**
 * Whether whoever found an answer good has since found fault on the same matter, without a good word in between: people
 * change their minds, and then the older word says nothing of what they want now.
 */
export function isOvertaken(success: Turn, failures: readonly Failure[]): boolean {
  const terms = tellingTerms(queryText(success.requestText));
  const theirs = failures.filter(
    ({ turn, terms: others }) =>
      turn.askerId === success.askerId && commonShare(terms, others) >= sameTopicShare,
  );
  return theirs.length > 0 && theirs.every(({ turn }) => turn.startedAt > success.startedAt);
}
