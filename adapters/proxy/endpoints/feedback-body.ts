import { z } from 'zod';
import type { ApiFeedback, TalkMark } from '../../../core/ports/exchange-desk.ts';

const name = (what: string) =>
  z.string('expects text').regex(/\S/, 'is empty').max(200, 'may have at most 200 characters').describe(what);

const fields = z.strictObject({
  message_id: name('An id that a model server gave the answer, or its `x-metaclaw-turn-id`.').exactOptional(),
  key: name(
    'Your own name for the answer: `metadata.metaclaw_key` of the request that it answered.',
  ).exactOptional(),
  session_id: name('The talk whose last answer is meant, as its `X-Session-Id` said.').exactOptional(),
  rating: z
    .enum(['up', 'down'], 'expects “up”, “down”, or null to take a rating back')
    .nullable()
    .describe('`null` takes the rating back.')
    .exactOptional(),
  text: z
    .string('expects text')
    .regex(/\S/, 'is empty')
    .max(4_000, 'may have at most 4,000 characters')
    .describe('What was wrong, or what the answer should have been.')
    .exactOptional(),
});

export type FeedbackBody = z.infer<typeof fields>;

const namings = ['message_id', 'key', 'session_id'] as const;

/** Which of the ways to name an answer are used. */
function namingsIn(body: FeedbackBody): readonly (typeof namings)[number][] {
  return namings.filter((naming) => body[naming] !== undefined);
}

/** What a caller may say of an answer. What `superRefine` holds stands once more in `meta`, in the words of JSON Schema. */
export const feedbackBody = fields
  .superRefine((body, context) => {
    const [, second] = namingsIn(body);
    if (second !== undefined) {
      const message = `is one name too many: the answer is named by one of ${namings.join(', ')}`;
      context.addIssue({ code: 'custom', path: [second], message });
    }
    if (body.rating === undefined && body.text === undefined) {
      context.addIssue({
        code: 'custom',
        path: ['rating'],
        message: 'is missing, and so is “text”: one of them says how the answer was',
      });
    }
  })
  .meta({
    anyOf: [{ required: ['rating'] }, { required: ['text'] }],
    not: {
      anyOf: [
        { required: ['message_id', 'key'] },
        { required: ['message_id', 'session_id'] },
        { required: ['key', 'session_id'] },
      ],
    },
    examples: [
      { message_id: 'chatcmpl-9XkQ', rating: 'up' },
      { key: 'ticket-4711', rating: 'down', text: 'The table has a column too many.' },
      { session_id: 'nightly-build', text: 'Next time say which tests were left out.' },
      { message_id: 'msg_01Aq9w', rating: null },
    ],
  });

export const feedbackAnswer = z.strictObject({
  object: z.literal('feedback'),
  turn_id: z.string(),
  status: z.enum(['stored', 'duplicate']),
});

/** Which answer a body names; `undefined` where it names none. */
export function namedAnswer({ message_id, key, session_id }: FeedbackBody): ApiFeedback['about'] | undefined {
  if (message_id !== undefined) return { messageId: message_id };
  if (key !== undefined) return { ownKey: key };
  return session_id === undefined ? undefined : { talk: talkNamed(session_id) };
}

export function talkNamed(name: string): TalkMark {
  return { name, opening: '' };
}

/** What it says of the answer. */
export function verdictOf({ rating, text }: FeedbackBody): Pick<ApiFeedback, 'rating' | 'text'> {
  return { ...(rating === undefined ? {} : { rating }), ...(text === undefined ? {} : { text }) };
}
