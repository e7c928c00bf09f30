import { AppError } from '../../../core/domain/app-error.ts';
import type { ApiCaller } from '../../../core/ports/api-access.ts';
import type { ApiFeedback, TalkMark } from '../../../core/ports/exchange-desk.ts';
import { checkedBody } from './checked-body.ts';
import { feedbackBody, namedAnswer, verdictOf } from './feedback-body.ts';

const field = 'metadata.metaclaw_feedback';

const ratings: ReadonlyMap<string, ApiFeedback['rating']> = new Map([
  ['up', 'up'],
  ['down', 'down'],
  ['null', null],
]);

/**
 * Feedback that came along with a request: `up`, `down`, `null`, or the body of `POST /v1/feedback` as JSON. Where it names no answer
 * the last one of the request's own talk is meant. Throws `invalid_input` with `details.field`.
 */
export function readFeedbackField(text: string, caller: ApiCaller, talk: TalkMark): ApiFeedback {
  const word = text.trim();
  const rating = ratings.get(word);
  if (rating !== undefined) return { caller, about: { talk }, rating };
  const said = checkedBody(feedbackBody, objectIn(word), field);
  return { caller, about: namedAnswer(said) ?? { talk }, ...verdictOf(said) };
}

function objectIn(text: string): object {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null) return value;
  throw new AppError(
    'invalid_input',
    `“${field}” expects up, down, null, or an object as JSON such as {"rating":"down","text":"…"}.`,
    { details: { field } },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
