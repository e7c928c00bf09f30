import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PreparedSample } from '../../../../core/learning/run/prepared-sample.ts';
import { answerPairs } from '../../../../core/learning/tuning/answer-pairs.ts';
import { buildExamples } from '../../../../core/learning/tuning/build-examples.ts';
import { holdBack, jsonLines } from '../../../../core/learning/tuning/hold-back.ts';
import { supervisedExample } from '../../../../core/learning/tuning/tuning-example.ts';
import { readRows, rowsProblem } from '../../../fakes/openai/tuning-rows.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { answers, preparedAnswer, preparedPair, promptOf } from './tuning-rig.ts';

const anybody = { leastPeople: 1, personShare: 1 };
const deps = { promptOf, longestTokens: 60_000, limits: anybody };
const { digest } = createSequentialIds();

const rowsOf = (lines: readonly { readonly line: string }[]): readonly unknown[] =>
  lines.map(({ line }): unknown => JSON.parse(line));

describe('good answers', () => {
  test('become talks of which only the answer is learned', async () => {
    const { method, examples, leftOut } = await buildExamples([preparedAnswer({ id: 'a' })], ['sft'], deps);
    expect(method).toBe('sft');
    expect(leftOut).toEqual([]);
    expect(rowsOf(examples)).toEqual([
      {
        messages: [
          { role: 'system', content: 'You are kind.' },
          { role: 'user', content: 'Hello' },
          { role: 'assistant', content: 'Go away.', weight: 0 },
          { role: 'user', content: 'What is a? 🤔\nSecond line.' },
          { role: 'assistant', content: 'The answer to a.' },
        ],
      },
    ]);
  });

  test('are lines that a provider takes, whatever stands in them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 10, maxLength: 12 }),
        async (texts) => {
          const samples = texts.map((text, at) =>
            preparedAnswer({ id: `t${at}`, turn: { replyText: `${at} ${text}` } }),
          );
          const { examples, leftOut } = await buildExamples(samples, ['sft'], deps);
          expect(examples.length + leftOut.length).toBe(samples.length);
          const rows = readRows(jsonLines(examples));
          if (typeof rows === 'string') throw new Error(rows);
          expect(rows).toHaveLength(examples.length);
          if (examples.length >= 10) expect(rowsProblem('supervised', rows, [])).toBeUndefined();
        },
      ),
    );
  });

  const refusedAnswers: readonly (readonly [string, PreparedSample, string])[] = [
    ['bad', preparedAnswer({ id: 'a', value: -1 }), 'not_good'],
    ['neither good nor bad', preparedAnswer({ id: 'a', value: 0 }), 'not_good'],
    ['without weight', preparedAnswer({ id: 'a', weight: 0 }), 'no_weight'],
    ['blank', preparedAnswer({ id: 'a', turn: { replyText: ' \n' } }), 'empty_answer'],
    [
      'with a key in the answer',
      preparedAnswer({ id: 'a', turn: { replyText: 'Take ghp_abcdefghijklmnopqrstuvwxyz0123456789.' } }),
      'secret',
    ],
    [
      'with an address in the answer',
      preparedAnswer({ id: 'a', turn: { replyText: 'Write to ann@example.org.' } }),
      'secret',
    ],
    [
      'with a password in the prompt',
      preparedAnswer({ id: 'a', turn: { requestText: 'My password is h7!kkQ2x, does it work?' } }),
      'secret',
    ],
  ];
  test.each(refusedAnswers)('%s are left out', async (_, sample, reason) => {
    const built = await buildExamples([sample], ['sft'], deps);
    expect(built).toMatchObject({
      method: 'sft',
      examples: [],
      leftOut: [{ turnId: sample.turnId, reason }],
    });
  });

  test('an address in the prompt is only read', async () => {
    const sample = preparedAnswer({ id: 'a', turn: { requestText: 'Is ann@example.org right?' } });
    expect((await buildExamples([sample], ['sft'], deps)).examples).toHaveLength(1);
  });

  test('prompts that cannot be put together, hold tool calls or do not end with a person are left out', async () => {
    const prompts: readonly Awaited<ReturnType<typeof promptOf>>[] = [
      { kind: 'left_out', reason: 'skill_gone' },
      { kind: 'prompt', messages: [] },
      { kind: 'prompt', messages: [{ role: 'system', text: 'alone' }] },
      { kind: 'prompt', messages: [{ role: 'user', text: ' ' }] },
      {
        kind: 'prompt',
        messages: [
          { role: 'tool', toolCallId: '1', text: 'rain' },
          { role: 'user', text: 'and?' },
        ],
      },
      {
        kind: 'prompt',
        messages: [
          { role: 'assistant', text: '', toolCalls: [{ id: '1', name: 'look', argumentsJson: '{}' }] },
          { role: 'user', text: 'and?' },
        ],
      },
    ];
    for (const prompt of prompts) {
      const built = await buildExamples([preparedAnswer({ id: 'a' })], ['sft'], {
        ...deps,
        promptOf: async () => prompt,
      });
      expect(built.leftOut.map(({ reason }) => reason)).toEqual(['no_prompt']);
    }
  });

  test('of a program’s turn it is said why there is no prompt', async () => {
    const built = await buildExamples([preparedAnswer({ id: 'a' })], ['sft'], {
      ...deps,
      promptOf: async () => ({ kind: 'left_out', reason: 'foreign_prompt' }),
    });
    expect(built.leftOut).toEqual([{ turnId: 'a', reason: 'foreign_prompt' }]);
  });

  test('what is longer than the provider takes is left out', async () => {
    const sample = preparedAnswer({ id: 'a', turn: { replyText: 'word '.repeat(400) } });
    const built = await buildExamples([sample], ['sft'], { ...deps, longestTokens: 400 });
    expect(built.leftOut).toEqual([{ turnId: sample.turnId, reason: 'too_long' }]);
  });
});

describe('pairs', () => {
  const pairs = (count: number): readonly PreparedSample[] =>
    Array.from({ length: count }, (_, at) => preparedPair(`r${at}`)).flat();

  test('ten of them are learned as preferences; what has no pair is left out', async () => {
    const alone = preparedAnswer({ id: 'alone' });
    const { method, examples, leftOut } = await buildExamples([...pairs(10), alone], ['dpo', 'sft'], deps);
    expect(method).toBe('dpo');
    expect(examples).toHaveLength(10);
    expect(rowsProblem('dpo', rowsOf(examples), [])).toBeUndefined();
    expect(rowsOf(examples)[0]).toMatchObject({
      preferred_output: [{ role: 'assistant', content: 'The answer to r0-good.' }],
      non_preferred_output: [{ role: 'assistant', content: 'The answer to r0-bad.' }],
    });
    expect(leftOut).toEqual([{ turnId: alone.turnId, reason: 'no_pair' }]);
  });

  test('with nine the good answers are learned by heart, if that is allowed', async () => {
    const both = await buildExamples(pairs(9), ['dpo', 'sft'], deps);
    expect([both.method, both.examples.length, both.leftOut.length]).toEqual(['sft', 9, 9]);
    const only = await buildExamples(pairs(9), ['dpo'], deps);
    expect([only.method, only.examples.length]).toEqual(['dpo', 9]);
    const never = await buildExamples(pairs(10), ['sft'], deps);
    expect(never.method).toBe('sft');
  });

  test('a pair counts the prompt with either answer, and is too long only with the longer one', async () => {
    const { examples } = await buildExamples(pairs(1), ['dpo'], deps);
    const [good] = preparedPair('r0');
    const read = await promptOf(good.turn);
    const plain = read.kind === 'prompt' ? read.messages : [];
    const alone = supervisedExample(
      good.turnId,
      plain.flatMap((message) => (message.role === 'tool' ? [] : [message])),
      good.turn.replyText,
    );
    const tokens = examples[0]?.tokens ?? 0;
    expect(tokens).toBeGreaterThanOrEqual(2 * alone.tokens - 1);
    expect(examples[0]?.longestTokens).toBeLessThan(tokens);
  });

  test('a secret in either answer leaves both out', async () => {
    const [good, bad] = preparedPair('r');
    const leaky = { ...bad, turn: { ...bad.turn, replyText: 'Ask ann@example.org.' } };
    const { leftOut } = await buildExamples([good, leaky], ['dpo'], deps);
    expect(leftOut.map(({ reason }) => reason)).toEqual(['secret', 'secret']);
  });

  test('the same request is an answer anew, the same message or the same prompt; not the same words', () => {
    const bad = preparedAnswer({ id: 'b', value: -1, turn: { requestText: 'again', promptHash: 'p1' } });
    const good = (turn: Partial<PreparedSample['turn']>): PreparedSample =>
      preparedAnswer({ id: 'g', turn: { requestText: 'again', promptHash: 'p2', ...turn } });
    const made = (one: PreparedSample): number => answerPairs([bad, one]).length;
    expect(made(good({}))).toBe(0);
    expect(made(good({ retryOf: bad.turnId }))).toBe(1);
    expect(made(good({ requestRefs: bad.turn.requestRefs }))).toBe(1);
    expect(made(good({ promptHash: 'p1' }))).toBe(1);
    expect(made(good({ retryOf: bad.turnId, requestText: 'again, please' }))).toBe(0);
    expect(made(good({ retryOf: bad.turnId, replyText: bad.turn.replyText }))).toBe(0);
    expect(made({ ...good({ retryOf: bad.turnId }), weight: 0 })).toBe(0);
  });

  test('no answer is in two pairs, and the order in which answers come does not matter', () => {
    const answer = fc.record({
      request: fc.integer({ min: 0, max: 3 }),
      value: fc.constantFrom(-1, -0.5, 0, 0.5, 1),
      weight: fc.constantFrom(0, 0.5, 1),
      message: fc.integer({ min: 0, max: 2 }),
    });
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (specs, random) => {
        const samples = specs.map(({ request, value, weight, message }, at) =>
          preparedAnswer({
            id: `t${at}`,
            value,
            weight,
            turn: {
              requestText: `r${request}`,
              requestRefs: [{ platform: 'web', channelId: 'c', messageId: `m${message}` }],
            },
          }),
        );
        const found = answerPairs(samples);
        const ids = found.flatMap(({ preferred, other }) => [preferred.turnId, other.turnId]);
        expect(new Set(ids).size).toBe(ids.length);
        for (const { preferred, other } of found) {
          expect(preferred.value).toBeGreaterThan(0);
          expect(other.value).toBeLessThan(0);
          expect(preferred.turn.requestText).toBe(other.turn.requestText);
          expect(preferred.turn.requestRefs).toEqual(other.turn.requestRefs);
        }
        const shuffled = samples
          .map((sample) => ({ sample, at: random.next().value ?? 0 }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ sample }) => sample);
        const names = (pairs: typeof found): readonly string[] =>
          pairs.map(({ preferred, other }) => `${preferred.turnId} ${other.turnId}`).toSorted();
        expect(names(answerPairs(shuffled))).toEqual(names(found));
      }),
    );
  });
});

describe('holding back', () => {
  test('takes a tenth from fifty on, the same from the same examples, and nothing below', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 130 }), async (count) => {
        const { examples } = await buildExamples(answers(count), ['sft'], deps);
        const { train, check } = holdBack(examples, digest);
        expect(check).toHaveLength(count < 50 ? 0 : Math.floor(count / 10));
        expect(new Set([...train, ...check])).toEqual(new Set(examples));
        expect(train.length + check.length).toBe(count);
        const again = holdBack(examples.toReversed(), digest);
        expect(new Set(again.check)).toEqual(new Set(check));
      }),
      { numRuns: 20 },
    );
  });
});
