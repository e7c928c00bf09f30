import { AppError } from '../../../core/domain/app-error.ts';
import type { ApiFeedback, ExchangeDesk } from '../../../core/ports/exchange-desk.ts';
import type { JsonEndpoint } from '../json-endpoint.ts';
import { checkedBody } from './checked-body.ts';
import { type FeedbackBody, feedbackBody, namedAnswer, talkNamed, verdictOf } from './feedback-body.ts';

const longestHeaderChars = 200;

/** `POST /v1/feedback`: what a caller says of an answer. Without a name in the body the last answer of the talk of `X-Session-Id` is meant. */
export function feedbackEndpoint(desk: Pick<ExchangeDesk, 'feedback'>): JsonEndpoint {
  return {
    method: 'POST',
    path: '/v1/feedback',
    needsAdmin: false,
    async run({ caller, header, body }) {
      const said = checkedBody(feedbackBody, body);
      const idempotencyKey = shortHeader('Idempotency-Key', header('idempotency-key'));
      const receipt = await desk.feedback({
        caller,
        about: namedAnswer(said) ?? namedByHeader(shortHeader('X-Session-Id', header('x-session-id'))),
        ...verdictOf(said),
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      });
      if (receipt.kind === 'unknown') throw unknownAnswer(said);
      return { status: 200, body: { object: 'feedback', turn_id: receipt.turnId, status: receipt.kind } };
    },
  };
}

/** A header's words. Throws `invalid_input` where they are too many. */
function shortHeader(name: string, given: string | undefined): string | undefined {
  const text = given?.trim() ?? '';
  if (text.length > longestHeaderChars) {
    const message = `“${name}” may have at most ${longestHeaderChars} characters.`;
    throw new AppError('invalid_input', message, { details: { field: name } });
  }
  return text === '' ? undefined : text;
}

function namedByHeader(session: string | undefined): ApiFeedback['about'] {
  if (session !== undefined) return { talk: talkNamed(session) };
  throw new AppError(
    'invalid_input',
    'Say which answer is meant: by “message_id”, by your own “key”, or by “session_id” for the last answer of a talk.',
    { details: { field: 'message_id' } },
  );
}

const headerName = 'X-Session-Id';
const ofAsker = 'among those given to you: your key, with the X-User-Id of the request that was answered';
const lookedAmong = {
  message_id: 'in the space of your key',
  key: ofAsker,
  session_id: ofAsker,
  [headerName]: ofAsker,
} as const satisfies Readonly<Record<string, string>>;

function unknownAnswer(said: FeedbackBody): AppError {
  const field = (['message_id', 'key', 'session_id'] as const).find((naming) => naming in said) ?? headerName;
  return new AppError(
    'not_found',
    `There is no answer with that “${field}” ${lookedAmong[field]}. A moment after its last byte an answer can be rated.`,
    { details: { field } },
  );
}
