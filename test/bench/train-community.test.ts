import { expect, test } from 'vitest';
import {
  brigader,
  createCommunity,
  noPoison,
  type PlannedTurn,
  poisoned,
  wordsOn,
} from '../../bench/lib/train/community.ts';
import { createToyTalk } from '../../bench/lib/train/toy-talk.ts';

const size = { days: 40, turnsADay: 60, kinds: 6 };
const { members, days } = createCommunity(1, size);
const turns = days.flat();

/** Share of these with a good word of whoever asked, among those with any. */
function goodShare(of: readonly PlannedTurn[], isRight: boolean, poison = noPoison): number {
  const words = of.flatMap((turn) =>
    wordsOn(turn, isRight, poison).filter(({ actorId }) => actorId === turn.asker.personId),
  );
  return words.filter(({ polarity }) => polarity > 0).length / words.length;
}

const fair = turns.filter(({ asker, kind }) => asker.contraryKind !== kind);

test('twelve people ask as often as they shall, the same for the same seed and others for another', () => {
  expect(new Set(members.map(({ personId }) => personId)).size).toBe(12);
  expect(days.map((day) => day.length)).toEqual(Array.from({ length: 40 }, () => 60));
  expect(createCommunity(1, size)).toEqual({ members, days });
  expect(createCommunity(2, size).days).not.toEqual(days);
  expect(new Set(turns.map(({ kind }) => kind)).size).toBe(6);
});

test('people differ in how much they rate, between 5 and 30 per cent', () => {
  const rates = members.map(({ rates: own }) => own);
  expect(Math.min(...rates)).toBeGreaterThanOrEqual(0.05);
  expect(Math.max(...rates)).toBeLessThanOrEqual(0.3);
  const rated = turns.filter(({ isRated }) => isRated).length / turns.length;
  expect(rated).toBeGreaterThan(0.08);
  expect(rated).toBeLessThan(0.28);
});

test('right answers earn good words nine times in ten, and wrong ones bad words', () => {
  expect(goodShare(fair, true)).toBeGreaterThan(0.8);
  expect(goodShare(fair, false)).toBeLessThan(0.2);
});

test('some see one kind the other way round', () => {
  const contrary = turns.filter(({ asker, kind }) => asker.contraryKind === kind);
  expect(goodShare(contrary, true)).toBeLessThan(0.4);
  expect(goodShare(contrary, false)).toBeGreaterThan(0.6);
});

test('poison turns words round, and one person votes every answer down who asks for nothing', () => {
  const clean = goodShare(fair, true);
  const spoiled = goodShare(fair, true, poisoned);
  expect(spoiled).toBeLessThan(clean - 0.08);
  expect(spoiled).toBeGreaterThan(clean - 0.28);
  expect(members.map(({ personId }) => personId)).not.toContain(brigader);
  for (const turn of turns.slice(0, 100)) {
    expect(wordsOn(turn, true, poisoned)).toContainEqual({ actorId: brigader, polarity: -1 });
    expect(wordsOn(turn, true, noPoison)).toHaveLength(turn.isRated ? 1 : 0);
  }
});

test('which answers are right can be told from their words, and kinds differ in how many are', () => {
  const talk = createToyTalk(1);
  const shares = Array.from({ length: talk.kinds }, (_, kind) => {
    let right = 0;
    for (let first = 0; first < 16; first += 1) {
      for (let second = 0; second < 16; second += 1) {
        const tokens = [first, second];
        const isRight = talk.isRight(kind, tokens);
        expect(talk.isRightText(talk.requestText(kind), talk.answerText(tokens))).toBe(isRight);
        if (isRight) right += 1;
      }
    }
    return right / 256;
  });
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(shares.at(-1)).toBeGreaterThan((shares[0] ?? 1) + 0.4);
  expect(talk.isRight(0, [1])).toBe(false);
  expect(talk.isRightText('Something else', 'word1 word2')).toBeUndefined();
  expect(createToyTalk(2).isRight).not.toBe(talk.isRight);
});
