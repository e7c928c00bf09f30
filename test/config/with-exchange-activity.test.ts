import { describe, expect, test } from 'vitest';
import type { SeenActivity } from '../../config/with-activity.ts';
import { withExchangeActivity } from '../../config/with-exchange-activity.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import type { ExchangeEnd, ExchangeStart } from '../../core/ports/exchange-desk.ts';
import { createAnswering } from '../../core/schedule/answering.ts';
import { createMemoryDesk } from '../fakes/proxy/memory-desk.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';

const here = spaceId('api', 'here');
const start: ExchangeStart = {
  caller: { spaceId: here, personId: personId('api', 'k'), name: 'k' },
  line: 'main',
  talk: { opening: 'Hello' },
  words: 'Hello',
  wordsIndex: 1,
  isContinued: false,
  endsSession: false,
};
const end: ExchangeEnd = {
  state: 'done',
  replyText: 'Hi',
  awaitsTools: false,
  messageIds: [],
  firstAnswer: 'Hi',
  policy: 'm',
  promptHash: 'h',
};

function watched() {
  const seen: SeenActivity[] = [];
  const answering = createAnswering(createFakeClock());
  const inner = createMemoryDesk({ block: 'Be brief.' });
  const desk = withExchangeActivity(inner, { seen: (activity) => void seen.push(activity), answering });
  return { seen, answering, inner, desk };
}

describe('a request that passes through', () => {
  test.each(['finish', 'abandon'] as const)(
    'is seen when it begins, and is being answered until %s',
    async (how) => {
      const { seen, answering, inner, desk } = watched();
      const exchange = await desk.begin(start);
      expect(exchange.block).toBe('Be brief.');
      expect(seen).toEqual([{ spaceId: here, kind: 'message' }]);
      expect(answering.isAnswering(here)).toBe(true);
      if (how === 'finish') exchange.finish(end);
      else exchange.abandon({ promptBytes: 5 });
      expect(answering.isAnswering()).toBe(false);
      const abandoned = { how: 'abandoned', sent: { promptBytes: 5 } };
      expect(inner.ends).toEqual([how === 'finish' ? { how: 'finished', end } : abandoned]);
    },
  );

  test('is as busy while it is looked at', async () => {
    const { answering, desk } = watched();
    const begun = desk.begin(start);
    expect(answering.isAnswering(here)).toBe(true);
    (await begun).abandon();
  });
});

test('counting and feedback are no activity', async () => {
  const { seen, answering, inner, desk } = watched();
  expect(await desk.peek(start)).toBe('Be brief.');
  await desk.feedback({ caller: start.caller, about: { talk: start.talk }, rating: 'up' });
  expect(inner.feedbacks).toHaveLength(1);
  expect([seen, answering.isAnswering()]).toEqual([[], false]);
});
