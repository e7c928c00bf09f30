import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sessionId } from '../../../core/domain/ids.ts';
import { boundedReply, createToolLoops, joinAnswer, nothingYet } from '../../../core/intake/tool-loops.ts';
import { sampleSampled, sampleTurn } from '../../contract/store-samples.ts';
import { asking, ending } from './exchange-rig.ts';

const s1 = sessionId('s1');
const loopOf = (id: string, words = 'go') => ({
  turn: sampleTurn(id, { sessionId: s1, requestText: words }),
  wordsIndex: 1,
  soFar: nothingYet,
});

test('helpers of one session side by side each find their own turn, so many of them', () => {
  const loops = createToolLoops();
  for (let id = 0; id < 9; id += 1) loops.put(loopOf(`t${id}`, `words ${id}`));
  const take = (words: string) => loops.take(s1, asking({ isContinued: true }), words)?.turn.turnId;
  expect([take('words 3'), take('words 8'), take('words 3'), take('words 0')]).toEqual([
    't3',
    't8',
    undefined,
    undefined,
  ]);
  loops.put(loopOf('last'));
  expect(loops.take(s1, asking({ isContinued: false }), 'go')).toBeUndefined();
  expect(loops.take(sessionId('s2'), asking({ isContinued: true }), 'go')).toBeUndefined();
  expect(loops.take(s1, asking({ isContinued: true, wordsIndex: 2 }), 'go')).toBeUndefined();
});

test('of all that goes on the latest are remembered, by how many there are and how long they are', () => {
  const s = (place: number) => sessionId(`s${place}`);
  const put = (loops: ReturnType<typeof createToolLoops>, place: number, changes: object) => {
    const turn = sampleTurn(`t${place}`, { sessionId: s(place), requestText: 'go', ...changes });
    loops.put({ turn, wordsIndex: 1, soFar: nothingYet });
  };
  const start = asking({ isContinued: true });
  const many = createToolLoops();
  for (let place = 0; place < 1_001; place += 1) put(many, place, {});
  expect(many.take(s(0), start, 'go')).toBeUndefined();
  expect(many.take(s(1), start, 'go')?.turn.turnId).toBe('t1');

  const long = createToolLoops();
  const words = 'x'.repeat(50_000);
  for (let place = 0; place < 340; place += 1) put(long, place, { requestText: words });
  const kept = Array.from({ length: 340 }, (_, place) => long.take(s(place), start, words)).filter(Boolean);
  expect(kept).toHaveLength(320);
  expect(kept.at(-1)?.turn.turnId).toBe('t339');
  // What was taken out leaves its room to others.
  for (let place = 0; place < 320; place += 1) put(long, place, { requestText: words });
  expect(long.take(s(0), start, words)?.turn.turnId).toBe('t0');

  const numbers = createToolLoops();
  const sampled = { ...sampleSampled('v1', 1), prompt: new Int32Array(4_000_001) };
  put(numbers, 0, {});
  const turn = sampleTurn('t1', { sessionId: s(1), requestText: 'go' });
  numbers.put({ turn, wordsIndex: 1, soFar: { ...nothingYet, sampled: [sampled, sampled] } });
  expect([0, 1].map((place) => numbers.take(s(place), start, 'go'))).toEqual([undefined, undefined]);
});

test('an answer is joined in its order, whatever its calls told', () => {
  const call = fc.record({
    text: fc.string({ maxLength: 5 }).map((text) => text.trim()),
    tokens: fc.option(fc.integer({ min: 0, max: 9 }), { nil: undefined }),
    id: fc.constantFrom('a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 6 }), (calls) => {
      const joined = calls.reduce((before, { text, tokens, id }) => {
        const usage = tokens === undefined ? {} : { usage: { inputTokens: tokens, outputTokens: 1 } };
        return joinAnswer(before, ending({ replyText: text, ...usage }), [id, 'turn']);
      }, nothingYet);
      const texts = calls.map(({ text }) => text).filter((text) => text !== '');
      const told = calls.flatMap(({ tokens }) => tokens ?? []);
      expect(joined.replyText).toBe(texts.join('\n\n'));
      expect(joined.usage?.inputTokens ?? 0).toBe(told.reduce((sum, one) => sum + one, 0));
      expect(joined.usage?.outputTokens ?? 0).toBe(told.length);
      expect(new Set(joined.messageIds).size).toBe(joined.messageIds.length);
    }),
  );
});

test('of too long an answer the beginning and the end are kept, and no half of a character', () => {
  const text = `begin${'🌱'.repeat(80_000)}end`;
  const kept = boundedReply(text);
  expect(kept.length).toBeLessThan(100_010);
  expect(kept.isWellFormed()).toBe(true);
  expect([kept.startsWith('begin🌱'), kept.endsWith('🌱end'), kept.includes('\n\n[…]\n\n')]).toEqual([
    true,
    true,
    true,
  ]);
  expect(boundedReply('x'.repeat(100_000))).toHaveLength(100_000);
});

test('of an answer that an engine had a part in only, nothing is kept to learn from', () => {
  const kept = [true, false, true].reduce(
    (before, isSampled) =>
      joinAnswer(before, ending(isSampled ? { sampled: [sampleSampled('v1', 1)] } : {}), []),
    nothingYet,
  );
  expect(kept).toMatchObject({ calls: 3, sampled: [] });
});
