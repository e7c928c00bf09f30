import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnId } from '../../core/domain/ids.ts';
import { lengthsOf, type SampledTokens } from '../../core/domain/sampling.ts';
import type { TurnStore } from '../../core/ports/turn-store.ts';
import type { StoreContract, StoresUnderTest } from './store-contract.ts';
import { sampleAt, sampleBody, sampleRef, sampleSampled, sampleTurn } from './store-samples.ts';

interface Stores {
  readonly turns: TurnStore;
}

const ids = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 40 });
/** Every number that is one, −0, infinities and the least among them. */
const floats = (length: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({ noNaN: true, minLength: length, maxLength: length });

const sampledCalls: fc.Arbitrary<SampledTokens> = ids.chain((tokens) =>
  fc.record(
    {
      prompt: ids.map((prompt) => Int32Array.from(prompt)),
      tokens: fc.constant(Int32Array.from(tokens)),
      logprobs: floats(tokens.length),
      stopReason: fc.constantFrom('stop' as const, 'length' as const),
      params: fc.record(
        {
          maxTokens: fc.nat(),
          temperature: fc.double({ min: 0, max: 2, noNaN: true }).map((value) => value + 0),
          topP: fc.double({ min: 0.01, max: 1, noNaN: true }),
          topK: fc.integer({ min: -1, max: 1_000 }),
          seed: fc.nat(),
        },
        { requiredKeys: ['maxTokens', 'temperature', 'topP', 'topK'], noNullPrototype: true },
      ),
      tokenizerHash: fc.string(),
      baseModel: fc.string({ unit: 'grapheme' }),
      samplerVersion: fc.string({ unit: 'grapheme' }),
    },
    {
      requiredKeys: [
        'prompt',
        'tokens',
        'stopReason',
        'params',
        'tokenizerHash',
        'baseModel',
        'samplerVersion',
      ],
      noNullPrototype: true,
    },
  ),
);

/** Tells −0 from 0, too. */
const bitsOf = ({ logprobs }: SampledTokens): readonly number[] | undefined =>
  logprobs && Array.from(logprobs, (value) => new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0);

/** What every `TurnStore` promises of what engines read and wrote. */
export function turnSamplesContract(contract: StoreContract<Stores>): void {
  describe(`TurnStore, sampled: ${contract.name}`, () => {
    let subject: StoresUnderTest<Stores>;
    const turns = (): TurnStore => subject.stores.turns;
    beforeEach(async () => {
      subject = await contract.create();
    });
    afterEach(() => subject.close());

    const id = turnId('t1');
    const [first, second] = [sampleSampled('one', 1), sampleSampled('two', 2)];
    const done = { state: 'done', endedAt: sampleAt } as const;

    test('any ids and any floats come back bit by bit, in order, after a restart too', async () => {
      let count = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(sampledCalls, { maxLength: 4 }), async (sampled) => {
          count += 1;
          const name = `any-${count}`;
          await turns().open(sampleTurn(name));
          await turns().answer(turnId(name), 'text', undefined, sampled);
          if (count % 10 === 0) await subject.reopen();
          const found = await turns().sampled(turnId(name));
          expect(found).toStrictEqual(sampled);
          expect(found.map(bitsOf)).toEqual(sampled.map(bitsOf));
          expect(await turns().sampledLengths(turnId(name))).toStrictEqual(sampled.map(lengthsOf));
        }),
        { numRuns: 60 },
      );
    });

    test('the edges of what 32 bits can say come back bit by bit', async () => {
      const edges = {
        ...first,
        tokens: Int32Array.of(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1),
        logprobs: Float32Array.of(-0, 0, -1.401298464324817e-45, -3.4028234663852886e38, -Infinity),
      };
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'text', undefined, [edges]);
      await subject.reopen();
      const found = await turns().sampled(id);
      expect(found).toStrictEqual([edges]);
      expect(found.map(bitsOf)).toEqual([bitsOf(edges)]);
    });

    test('a turn that no engine answered has none, nor has one that is not stored', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'text');
      await turns().end(id, done);
      expect(await turns().sampled(id)).toEqual([]);
      expect(await turns().sampled(turnId('unknown'))).toEqual([]);
      expect(await turns().sampledLengths(id)).toEqual([]);
      expect(await turns().sampledLengths(turnId('unknown'))).toEqual([]);
    });

    test('they are the turn’s own', async () => {
      for (const name of ['t1', 't2']) await turns().open(sampleTurn(name));
      await turns().answer(id, 'text', undefined, [first, second]);
      await turns().answer(turnId('t2'), 'text', undefined, [second]);
      expect(await turns().sampled(id)).toEqual([first, second]);
      expect(await turns().sampled(turnId('t2'))).toEqual([second]);
    });

    test('the same answer again changes nothing, another one takes its place', async () => {
      await turns().open(sampleTurn('t1'));
      for (let time = 0; time < 2; time += 1) await turns().answer(id, 'a', undefined, [first, second]);
      await subject.reopen();
      expect(await turns().sampled(id)).toEqual([first, second]);
      await turns().answer(id, 'b', undefined, [second]);
      expect(await turns().sampled(id)).toEqual([second]);
      await turns().answer(id, 'b', undefined, []);
      expect(await turns().sampled(id)).toEqual([]);
    });

    test('an answer and an end as done that bring none keep what is stored', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'a', undefined, [first]);
      await turns().answer(id, 'a');
      await turns().end(id, done);
      await subject.reopen();
      expect(await turns().sampled(id)).toEqual([first]);
    });

    test.each(['failed', 'stopped', 'interrupted', 'delivery_unknown'] as const)(
      'an end as %s forgets them, and no other turn’s',
      async (state) => {
        for (const name of ['t1', 't2']) {
          await turns().open(sampleTurn(name));
          await turns().answer(turnId(name), 'a', undefined, [first, second]);
        }
        await turns().end(id, { ...done, state });
        await subject.reopen();
        expect(await turns().sampled(id)).toEqual([]);
        expect(await turns().sampled(turnId('t2'))).toEqual([first, second]);
      },
    );

    test('after the end nothing takes their place, and nothing that comes too late forgets them', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'a', undefined, [first]);
      await turns().end(id, done);
      await turns().answer(id, 'more', undefined, [second]);
      await turns().end(id, { ...done, state: 'failed' });
      expect(await turns().sampled(id)).toEqual([first]);
    });

    test('an answer that comes after the end as stopped leaves none behind', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().end(id, { ...done, state: 'stopped' });
      await turns().answer(id, 'more', undefined, [second]);
      expect(await turns().sampled(id)).toEqual([]);
    });

    test('a turn that is begun anew forgets them, one that shows keeps them', async () => {
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'a', undefined, [first]);
      await turns().open(sampleTurn('t1'));
      expect(await turns().sampled(id)).toEqual([]);
      await turns().answer(id, 'a', undefined, [second]);
      await turns().intend(id, 0, 'key', sampleBody('a'), sampleAt);
      await turns().sent(id, 0, sampleRef('r1'), sampleAt);
      await turns().open(sampleTurn('t1'));
      expect(await turns().sampled(id)).toEqual([second]);
    });

    test('an answer to a turn that is not stored leaves nothing behind', async () => {
      await expect(turns().answer(id, 'x', undefined, [first])).rejects.toMatchObject({ code: 'not_found' });
      await turns().open(sampleTurn('t1'));
      expect(await turns().sampled(id)).toEqual([]);
    });

    describe('of old turns', () => {
      const began = (name: string, startedAt: number): Promise<void> =>
        turns().open({ ...sampleTurn(name), startedAt });
      const kept = async (names: readonly string[]): Promise<readonly number[]> =>
        (await Promise.all(names.map((name) => turns().sampled(turnId(name))))).map(({ length }) => length);
      const names = ['t1', 't2', 't3', 't4'] as const;

      beforeEach(async () => {
        // Not in the order in which they began, as the clock may jump.
        for (const [name, startedAt] of [
          ['t1', 30],
          ['t2', 10],
          ['t3', 40],
          ['t4', 20],
        ] as const) {
          await began(name, startedAt);
          await turns().answer(turnId(name), 'text', undefined, [first, second]);
          await turns().end(turnId(name), done);
        }
      });

      test('so many at once are forgotten whole, the oldest first, and the turns stay', async () => {
        expect(await turns().forgetSampled(40, 2)).toBe(2);
        expect(await kept(names)).toEqual([2, 0, 2, 0]);
        expect(await turns().forgetSampled(40, 2)).toBe(1);
        await subject.reopen();
        expect(await kept(names)).toEqual([0, 0, 2, 0]);
        expect(await turns().forgetSampled(40, 2)).toBe(0);
        expect(await turns().get(turnId('t2'))).toMatchObject({ state: 'done', replyText: 'text' });
      });

      test('the age is that of the turn, also after it was begun anew', async () => {
        await began('t5', 15);
        await turns().answer(turnId('t5'), 'text', undefined, [first]);
        await began('t5', 50);
        await turns().answer(turnId('t5'), 'text', undefined, [first]);
        expect(await turns().forgetSampled(45, 10)).toBe(4);
        expect(await kept(['t5'])).toEqual([1]);
      });

      test('whether there are any is known', async () => {
        expect(await turns().keepsSampled()).toBe(true);
        await turns().forgetSampled(35, 10);
        expect(await turns().keepsSampled()).toBe(true);
        await turns().forgetSampled(1_000, 10);
        expect(await turns().keepsSampled()).toBe(false);
      });
    });

    test('a store without any says so', async () => {
      expect(await turns().keepsSampled()).toBe(false);
      await turns().open(sampleTurn('t1'));
      await turns().answer(id, 'a', undefined, []);
      expect(await turns().keepsSampled()).toBe(false);
    });

    test('values are copies', async () => {
      await turns().open(sampleTurn('t1'));
      const given = structuredClone(first);
      const storing = turns().answer(id, 'a', undefined, [given]);
      given.prompt.fill(0);
      await storing;
      const [read] = await turns().sampled(id);
      expect(read).toEqual(first);
      read?.tokens.fill(0);
      expect(await turns().sampled(id)).toEqual([first]);
    });
  });
}
