import type { Rating } from '../feedback/record-by-command.ts';
import type { CommandCall } from './context.ts';
import { typed } from './help.ts';
import { beginning } from './markdown-text.ts';
import { answerInWords, noSuchAnswer, turnInQuestion } from './turn-in-question.ts';

/** Longer words than any form takes are no feedback but a document. */
const longestWordsChars = 3_000;

const noted: Readonly<Record<Rating, string>> = { good: '👍', bad: '👎' };

export const runFeedbackGood = (call: CommandCall): Promise<string> => rate('good', call);
export const runFeedbackBad = (call: CommandCall): Promise<string> => rate('bad', call);

/** What a person says of the answer replied to, or of the last one in the conversation. */
async function rate(rating: Rating, { invocation, args, deps }: CommandCall): Promise<string> {
  const { conversationKey } = invocation;
  const turn = await turnInQuestion(invocation, deps.turns, () => deps.turns.lastShown(conversationKey));
  if (turn === undefined) return noSuchAnswer(invocation, `feedback ${rating}`);
  const words = args['words'];
  const kept = words === undefined ? undefined : beginning(words, longestWordsChars);
  await deps.feedback.rate(turn, rating, kept, invocation);
  return [
    `Thank you. ${noted[rating]} is noted for ${answerInWords(turn, invocation)}.`,
    ...(kept === words ? [] : [`I kept the first ${longestWordsChars} characters of your words.`]),
    ...(rating === 'bad' && words === undefined
      ? [
          `If you like, tell me what was wrong, or what the answer should have been: ${typed(invocation, 'feedback bad <words>')}`,
        ]
      : []),
  ].join(' ');
}
