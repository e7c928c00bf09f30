import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createWaitingTurns } from '../../../core/intake/waiting-turns.ts';
import type { RecordedTurn } from '../../../core/ports/turn-store.ts';
import { sampleTurn } from '../../contract/store-samples.ts';

interface Held {
  readonly recorded: RecordedTurn;
  readonly form: number;
}

const asked = sampleTurn('a').requestText.length;

const held = (name: string, form: number, chars: number): Held => ({
  recorded: {
    turn: sampleTurn(name),
    replyText: 'x'.repeat(chars),
    replyRefs: [],
    end: { state: 'done', endedAt: 1 },
  },
  form,
});
const nameOf = ({ recorded }: Held): string => recorded.turn.turnId;

const step = fc.oneof(
  fc.record({
    do: fc.constant('add' as const),
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    chars: fc.nat(60),
  }),
  fc.record({
    do: fc.constant('take' as const),
    most: fc.integer({ min: 1, max: 3 }),
    mostChars: fc.nat(200),
  }),
  fc.constant({ do: 'putBack' } as const),
);

/** The same by plain lists, of which each is looked through from its beginning every time. */
function model(most: number, mostChars: number) {
  let list: readonly Held[] = [];
  const lost: string[] = [];
  const charsOf = (all: readonly Held[]): number =>
    all.reduce((sum, { recorded }) => sum + asked + recorded.replyText.length, 0);
  const trim = (): void => {
    while (list.length > most || (charsOf(list) > mostChars && list.length > 1)) {
      lost.push(...list.slice(0, 1).map(nameOf));
      list = list.slice(1);
    }
  };
  return {
    lost,
    add(one: Held): void {
      list = [...list.filter((other) => nameOf(other) !== nameOf(one)), one];
      trim();
    },
    take(many: number, charsAtOnce: number): readonly Held[] {
      let count = Math.min(many, list.length);
      while (count > 1 && charsOf(list.slice(0, count)) > charsAtOnce) count -= 1;
      const taken = list.slice(0, count);
      list = list.slice(count);
      return taken;
    },
    putBack(taken: readonly Held[]): void {
      list = [...taken.filter((one) => !list.some((other) => nameOf(other) === nameOf(one))), ...list];
      trim();
    },
    chars: () => charsOf(list),
    all: () => list,
  };
}

test('whatever comes, goes and comes back: each waits once, in its last form, and no more than there is room for', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 300 }),
      (steps, most, mostChars) => {
        const lost: string[] = [];
        const waiting = createWaitingTurns<Held>({ most, mostChars }, (turnId) => lost.push(turnId));
        const plain = model(most, mostChars);
        let out: readonly Held[] = [];
        for (const [form, done] of steps.entries()) {
          if (done.do === 'add') {
            const one = held(done.name, form, done.chars);
            waiting.add(one);
            plain.add(one);
          } else if (done.do === 'take' && out.length === 0) {
            out = waiting.take(done.most, done.mostChars);
            expect(out).toEqual(plain.take(done.most, done.mostChars));
          } else if (done.do === 'putBack') {
            waiting.putBack(out);
            plain.putBack(out);
            out = [];
          }
          expect(waiting.size()).toBe(plain.all().length);
          expect(waiting.chars()).toBe(plain.chars());
          expect(lost).toEqual(plain.lost);
        }
        expect(waiting.clear()).toEqual(plain.all());
        expect(waiting.size()).toBe(0);
      },
    ),
  );
});

test('what an engine read and wrote takes room too', () => {
  const lost: string[] = [];
  const waiting = createWaitingTurns<Held>({ most: 9, mostChars: 2_000 }, (turnId) => lost.push(turnId));
  const { recorded } = held('a', 0, 0);
  const sampled = {
    prompt: new Int32Array(300),
    tokens: new Int32Array(100),
    logprobs: new Float32Array(100),
    stopReason: 'stop',
    params: { maxTokens: 9, temperature: 1, topP: 1, topK: -1 },
    tokenizerHash: 'h',
    baseModel: 'm',
    samplerVersion: 'v',
  } as const;
  waiting.add({ recorded: { ...recorded, sampled: [sampled] }, form: 0 });
  waiting.add(held('b', 1, 10));
  expect(lost).toEqual(['a']);
});
