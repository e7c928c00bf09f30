import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anthropicMessages } from '../../../../adapters/proxy/dialects/anthropic-messages.ts';
import { openAiChat } from '../../../../adapters/proxy/dialects/openai-chat.ts';
import { openAiResponses } from '../../../../adapters/proxy/dialects/openai-responses.ts';
import { eventBytes, resultOf, writtenDialects } from './written-answers.ts';

const [chat, responses, messages] = writtenDialects.map(({ answers }) => answers);
const question = { role: 'user', content: 'hello' };

/** What a program sends next that keeps the answer as it came. */
const talks = [
  {
    dialect: openAiChat,
    answers: chat!,
    request: (body: string) => ({ messages: [question, JSON.parse(body).choices[0].message, question] }),
  },
  {
    dialect: openAiResponses,
    answers: responses!,
    request: (body: string) => ({ input: [question, ...JSON.parse(body).output, question] }),
  },
  {
    dialect: anthropicMessages,
    answers: messages!,
    request: (body: string) => ({
      messages: [question, { role: 'assistant', content: JSON.parse(body).content }, question],
    }),
  },
];

describe.each(talks)('the first answer of a talk in $dialect.dialect', ({ dialect, answers, request }) => {
  it('is the same from the answer and from the next request', () => {
    fc.assert(
      fc.property(answers, ({ events, body }) => {
        const told = resultOf(dialect.tap('text/event-stream'), [eventBytes(events)]);
        const next = new TextEncoder().encode(JSON.stringify({ model: 'm', ...request(body) }));
        expect(dialect.read(next).firstAnswer ?? '').toBe(told.firstAnswer);
      }),
    );
  });
});
