import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeConversationKey } from '../../../../core/domain/conversation.ts';
import { spaceId, turnId } from '../../../../core/domain/ids.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import { createRequests, requestsOf } from '../../../../core/learning/run/same-request.ts';
import { inSeededOrder } from '../../../../core/learning/run/seeded-order.ts';
import { sampleRef, sampleTurn } from '../../../contract/store-samples.ts';

const elsewhere = encodeConversationKey({
  platform: 'web',
  spaceId: spaceId('web', 'team'),
  audience: 'direct',
  channelId: 'elsewhere',
});
const asked = (id: string, changes: Partial<Turn> = {}) => ({
  ...sampleTurn(id),
  requestText: 'go on',
  requestRefs: [sampleRef(id)],
  promptHash: '',
  ...changes,
});

describe('two answers', () => {
  const areSame = (one: Partial<Turn>, other: Partial<Turn>): boolean => {
    const requests = requestsOf([asked('a', one), asked('b', other)]);
    return requests.of(turnId('a')) === requests.of(turnId('b'));
  };
  const refs = [sampleRef('message')];

  test.each<[string, boolean, Partial<Turn>, Partial<Turn>]>([
    ['to the same words said twice', false, {}, {}],
    ['to one message', true, { requestRefs: refs }, { requestRefs: refs }],
    [
      'with one message of several in common',
      true,
      { requestRefs: [...refs, sampleRef('x')] },
      { requestRefs: refs },
    ],
    [
      'to a message that was edited in between',
      false,
      { requestRefs: refs },
      { requestRefs: refs, requestText: 'stop' },
    ],
    ['of which one took the place of the other', true, {}, { retryOf: turnId('a') }],
    ['of which one did so after an edit', false, {}, { retryOf: turnId('a'), requestText: 'stop' }],
    ['under one prompt', true, { promptHash: 'p' }, { promptHash: 'p' }],
    [
      'under one prompt in two places',
      false,
      { promptHash: 'p' },
      { promptHash: 'p', conversationKey: elsewhere },
    ],
    ['under two prompts', false, { promptHash: 'p' }, { promptHash: 'q' }],
    [
      'without a message, a prompt or a word',
      false,
      { requestRefs: [], requestText: '' },
      { requestRefs: [], requestText: '' },
    ],
  ])('%s: %s', (_, same, one, other) => {
    expect(areSame(one, other)).toBe(same);
    expect(areSame(other, one)).toBe(same && other.retryOf === undefined);
  });
});

test('words may stand for words, and a turn that was not added has no request', () => {
  const requests = createRequests();
  const refs = [sampleRef('message')];
  requests.add(asked('a', { requestRefs: refs, requestText: 'one' }), 'digest');
  requests.add(asked('b', { requestRefs: refs, requestText: 'two' }), 'digest');
  expect(requests.of(turnId('a'))).toBe(requests.of(turnId('b')));
  expect(requests.of(turnId('a'))).not.toContain('one');
  expect(requests.of(turnId('c'))).toBeUndefined();
});

test('the order in which turns are added changes nothing', () => {
  const anyTurn = fc.record({
    retryOf: fc.option(fc.nat(11), { nil: undefined }),
    message: fc.nat(5),
    prompt: fc.constantFrom('', 'p', 'q'),
  });
  fc.assert(
    fc.property(fc.array(anyTurn, { maxLength: 12 }), fc.integer(), (drawn, shuffle) => {
      const turns = drawn.map(({ retryOf, message, prompt }, at) =>
        asked(String(at), {
          requestRefs: [sampleRef(`m${message}`)],
          promptHash: prompt,
          ...(retryOf === undefined ? {} : { retryOf: turnId(String(retryOf)) }),
        }),
      );
      const shuffled = requestsOf(inSeededOrder(turns, shuffle));
      const given = requestsOf(turns);
      for (const { turnId: id } of turns) expect(shuffled.of(id)).toBe(given.of(id));
    }),
  );
});
