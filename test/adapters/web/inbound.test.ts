import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  parseRequest,
  toAction,
  toCompletion,
  toMessageOrCommand,
  toSignal,
} from '../../../adapters/web/inbound.ts';
import {
  actionRequest,
  completionRequest,
  messageRequest,
  voteRequest,
} from '../../../adapters/web/schema.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';

const sender = { account: 'account_1', at: 1_000 };

const id = fc.oneof(fc.constant('0000000001'), fc.string({ unit: 'binary' }));
const text = fc.string({ unit: 'binary' });
const messageId = fc.oneof(fc.constant('m1'), text);

type Door = (body: unknown) => InboundEvent;

/** A door with bodies that are nearly right for it. */
const doors: readonly (readonly [Door, fc.Arbitrary<unknown>])[] = [
  [
    (body) => toMessageOrCommand(parseRequest(messageRequest, body), sender),
    fc.record({
      id,
      text: fc.oneof(
        text,
        text.map((rest) => `/${rest}`),
      ),
    }),
  ],
  [
    (body) => toSignal(parseRequest(voteRequest, body), sender),
    fc.record({
      id,
      messageId,
      name: fc.oneof(fc.constantFrom('good', 'bad'), text),
      change: fc.constantFrom('given', 'withdrawn', 'cleared'),
    }),
  ],
  [
    (body) => toAction(parseRequest(actionRequest, body), sender),
    fc.record({ id, messageId, actionId: fc.oneof(fc.constant('turn.retry'), text) }),
  ],
  [(body) => toCompletion(parseRequest(completionRequest, body), sender, 500), fc.record({ id, line: text })],
];

const knock = fc
  .constantFrom(...doors)
  .chain(([door, body]) =>
    fc.record({ door: fc.constant(door), body: fc.oneof(body, body, fc.jsonValue()) }),
  );

test('any JSON is an event of the one who sent it, or an error with a sentence', () => {
  const kinds = new Set<string>();
  fc.assert(
    fc.property(knock, ({ door, body }) => {
      try {
        const event = door(body);
        kinds.add(event.type);
        expect(event.platform).toBe('web');
        expect(event.spaceId).toBe('web:account_1');
        expect(event.eventId.startsWith('web:account_1.')).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'invalid_input' });
      }
    }),
    { numRuns: 10_000 },
  );
  // The generator reaches the events too, not only the refusals.
  expect([...kinds].sort()).toEqual([
    'action_invoked',
    'command_invoked',
    'completion_requested',
    'message_received',
    'signal_given',
    'signal_withdrawn',
  ]);
});
