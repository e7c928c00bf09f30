import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedbackEndpoint } from '../../../../adapters/proxy/endpoints/feedback.ts';
import { turnId } from '../../../../core/domain/ids.ts';
import type { ApiFeedback, FeedbackReceipt } from '../../../../core/ports/exchange-desk.ts';
import { agent, type CallParts, callOf, refusalOf } from './json-call.ts';
import { validatorOf } from './openapi-validator.ts';

function deskThat(receipt: FeedbackReceipt = { kind: 'stored', turnId: turnId('turn_1') }) {
  const told: ApiFeedback[] = [];
  const endpoint = feedbackEndpoint({
    async feedback(feedback) {
      told.push(feedback);
      return receipt;
    },
  });
  return { told, ask: (parts: CallParts) => endpoint.run(callOf(parts)) };
}

describe('what reaches the desk', () => {
  test.each([
    [
      { message_id: 'chatcmpl-1', rating: 'up' },
      { about: { messageId: 'chatcmpl-1' }, rating: 'up' },
    ],
    [
      { key: 'ticket-1', rating: 'down' },
      { about: { ownKey: 'ticket-1' }, rating: 'down' },
    ],
    [
      { key: 'ticket-1', rating: null },
      { about: { ownKey: 'ticket-1' }, rating: null },
    ],
    [
      { session_id: 's', text: 'no' },
      { about: { talk: { name: 's', opening: '' } }, text: 'no' },
    ],
  ])('%j', async (body, feedback) => {
    const { told, ask } = deskThat();
    await ask({ body });
    expect(told).toEqual([{ caller: agent, ...feedback }]);
  });

  test('with no name in the body, the last answer of the talk of the header', async () => {
    const { told, ask } = deskThat();
    await ask({ body: { rating: 'up' }, headers: { 'x-session-id': ' nightly ' } });
    expect(told).toEqual([
      { caller: agent, about: { talk: { name: 'nightly', opening: '' } }, rating: 'up' },
    ]);
  });

  test('a name in the body goes before that header', async () => {
    const { told, ask } = deskThat();
    await ask({ body: { key: 'k', rating: 'up' }, headers: { 'x-session-id': 'nightly' } });
    expect(told[0]?.about).toEqual({ ownKey: 'k' });
  });

  test('the key of the request comes along', async () => {
    const { told, ask } = deskThat();
    await ask({ body: { key: 'k', rating: 'up' }, headers: { 'idempotency-key': 'once' } });
    expect(told[0]?.idempotencyKey).toBe('once');
  });
});

describe('the answer', () => {
  test.each(['stored', 'duplicate'] as const)('%s', async (kind) => {
    const { ask } = deskThat({ kind, turnId: turnId('turn_9') });
    expect(await ask({ body: { key: 'k', rating: 'up' } })).toEqual({
      status: 200,
      body: { object: 'feedback', turn_id: 'turn_9', status: kind },
    });
  });

  test.each([
    [{ message_id: 'gone', rating: 'up' }, 'not_found message_id'],
    [{ key: 'gone', rating: 'up' }, 'not_found key'],
    [{ session_id: 'gone', rating: 'up' }, 'not_found session_id'],
    [{ rating: 'up' }, 'not_found X-Session-Id'],
  ])('to an answer that is not there: %j', async (body, refusal) => {
    const { ask } = deskThat({ kind: 'unknown' });
    const asked = ask({ body, headers: { 'x-session-id': 's' } });
    expect(await refusalOf(asked)).toBe(refusal);
    // By its id it may be anybody's there; names and talks are the caller's own.
    const where = 'message_id' in body ? 'in the space of your key' : 'X-User-Id of the request';
    await expect(asked).rejects.toThrow(where);
  });
});

describe('what is refused, by its field', () => {
  test.each([
    [undefined, 'invalid_input -'],
    ['up', 'invalid_input -'],
    [[], 'invalid_input -'],
    [{ message_id: 'm', rating: 'up', mood: 'fine' }, 'invalid_input mood'],
    [{ message_id: 'm' }, 'invalid_input rating'],
    [{ message_id: 'm', rating: 'great' }, 'invalid_input rating'],
    [{ message_id: 7, rating: 'up' }, 'invalid_input message_id'],
    [{ message_id: ' ', rating: 'up' }, 'invalid_input message_id'],
    [{ message_id: 'm', key: 'k', rating: 'up' }, 'invalid_input key'],
    [{ key: 'k', session_id: 's', rating: 'up' }, 'invalid_input session_id'],
    [{ key: 'k', text: '' }, 'invalid_input text'],
    [{ rating: 'up' }, 'invalid_input message_id'],
  ])('%j: %s', async (body, refusal) => {
    const { told, ask } = deskThat();
    expect(await refusalOf(ask({ body }))).toBe(refusal);
    expect(told).toEqual([]);
  });

  test('names and words without end', async () => {
    const { ask } = deskThat();
    const longName = ask({ body: { message_id: 'm'.repeat(201), rating: 'up' } });
    expect(await refusalOf(longName)).toBe('invalid_input message_id');
    const longText = ask({ body: { key: 'k', text: 'x'.repeat(4_001) } });
    expect(await refusalOf(longText)).toBe('invalid_input text');
  });

  test.each(['Idempotency-Key', 'X-Session-Id'])('a %s without end', async (name) => {
    const { ask } = deskThat();
    const call = {
      body: { rating: 'up' },
      headers: { 'x-session-id': 's', [name.toLowerCase()]: 'x'.repeat(201) },
    };
    expect(await refusalOf(ask(call))).toBe(`invalid_input ${name}`);
  });
});

test('the document takes exactly the bodies that the endpoint takes', async () => {
  const isDescribed = validatorOf('FeedbackRequest');
  /** There with one of the values, or, half the time, not there. */
  const field = (key: string, ...values: readonly unknown[]) =>
    fc.oneof(
      fc.constant([]),
      fc.constantFrom(...values).map((value) => [[key, value] as const]),
    );
  const named = (key: string) => field(key, 'm', 'm', 'm'.repeat(200), 'm'.repeat(201), ' ', '', 7, null);
  const anyBody = fc
    .tuple(
      named('message_id'),
      named('key'),
      named('session_id'),
      field('rating', 'up', 'down', null, 'great', 1),
      field('text', 'no', 'x'.repeat(4_000), 'x'.repeat(4_001), '\n', '', 3),
      fc.oneof({ weight: 9, arbitrary: fc.constant([]) }, field('mood', 'fine')),
    )
    .map((fields) => Object.fromEntries(fields.flat()));
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(anyBody, async (body) => {
      const { told, ask } = deskThat();
      await ask({ body, headers: { 'x-session-id': 's' } }).catch(() => undefined);
      taken += told.length;
      expect(isDescribed(body)).toBe(told.length === 1);
    }),
    { numRuns: 2_000 },
  );
  expect(taken).toBeGreaterThan(100);
});
