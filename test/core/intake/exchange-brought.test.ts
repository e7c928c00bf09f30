import { describe, expect, test } from 'vitest';
import type { ExchangeStart } from '../../../core/ports/exchange-desk.ts';
import { asking, ending, exchangeRig } from './exchange-rig.ts';

const opening = 'Great film!';
const example = { opening, firstAnswer: 'positive', lastAnswer: { text: 'positive', wordsIndex: 1 } };

/** A request behind an example that we never answered. */
const behindExample = (words: string, changes: Partial<ExchangeStart> = {}) =>
  asking({ words, wordsIndex: 2, talk: example, ...changes });

/** The same talk, after we answered so many messages of it. */
const goingOnFrom = (text: string, wordsIndex: number, changes: Partial<ExchangeStart> = {}) =>
  asking({
    words: `words ${wordsIndex + 1}`,
    wordsIndex: wordsIndex + 1,
    talk: { ...example, lastAnswer: { text, wordsIndex } },
    ...changes,
  });

describe('a talk whose first answer is none of ours', () => {
  test('is a new one each time where it shows nothing that is ours, whatever is answered', async () => {
    const rig = await exchangeRig();
    const seen = new Set<string>();
    for (const [place, label] of ['positive', 'negative', 'positive', 'positive'].entries()) {
      const exchange = await rig.desk.begin(behindExample(`text ${place}`));
      exchange.finish(ending({ replyText: label }));
      seen.add(exchange.sessionId);
    }
    await rig.stored();
    const later = await rig.restart().desk.begin(behindExample('text 5'));
    expect(seen.add(later.sessionId).size).toBe(5);
  });

  test('goes on by each answer that is ours, and the first of them after a restart too', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(behindExample('words 2'));
    const other = await rig.desk.begin(behindExample('words 2'));
    first.finish(ending({ replyText: 'One.' }));
    other.finish(ending({ replyText: 'Two.' }));
    const second = await rig.desk.begin(goingOnFrom('One.', 2));
    second.finish(ending({ replyText: 'More.' }));
    const third = await rig.desk.begin(goingOnFrom('More.', 3));
    third.finish(ending({ replyText: 'Yet more.' }));
    expect([second.sessionId, third.sessionId]).toEqual([first.sessionId, first.sessionId]);
    expect((await rig.desk.begin(goingOnFrom('Two.', 2))).sessionId).toBe(other.sessionId);
    await rig.stored();
    expect(new Set((await rig.turns()).map(({ conversationKey }) => conversationKey)).size).toBe(2);
    const again = rig.restart();
    expect((await again.desk.begin(goingOnFrom('One.', 2))).sessionId).toBe(first.sessionId);
  });

  test('is one turn over the calls of its tools', async () => {
    const rig = await exchangeRig();
    const calls = { replyText: '→ look(1)', firstAnswer: 'call_1', awaitsTools: true };
    const first = await rig.desk.begin(behindExample('words 2'));
    first.finish(ending(calls));
    const next = (firstAnswer: string) =>
      rig.desk.begin(
        behindExample('words 2', {
          isContinued: true,
          talk: { ...example, lastAnswer: { text: firstAnswer, wordsIndex: 2 } },
        }),
      );
    const second = await next('call_1');
    second.finish(ending({ ...calls, firstAnswer: 'call_2' }));
    const third = await next('call_2');
    third.finish(ending());
    await rig.stored();
    expect([second.turnId, third.turnId]).toEqual([first.turnId, first.turnId]);
    expect(await rig.turns()).toMatchObject([{ replyText: '→ look(1)\n\n→ look(1)\n\nAt dawn.' }]);
  });

  test('is known by its first answer as ever where that is ours', async () => {
    const rig = await exchangeRig();
    const first = await rig.desk.begin(asking());
    first.finish(ending());
    await rig.stored();
    const talk = {
      opening: 'water my tomatoes',
      firstAnswer: 'At dawn.',
      lastAnswer: { text: 'none of ours', wordsIndex: 3 },
    };
    for (const desk of [rig.desk, rig.restart().desk]) {
      expect((await desk.begin(asking({ talk, wordsIndex: 4 }))).sessionId).toBe(first.sessionId);
    }
  });
});
