import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type PersonId, turnId } from '../../../../core/domain/ids.ts';
import type { SampledTokens } from '../../../../core/domain/sampling.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import type { DoorAnswer } from '../../../../core/feedback/content-door.ts';
import { type GatherSamplesDeps, gatherSamples } from '../../../../core/learning/run/gather-samples.ts';
import { sampleConversation, sampleRef, sampleSampled } from '../../../contract/store-samples.ts';
import { person } from './sample-gathered.ts';
import {
  correction,
  said,
  settlement,
  storesOf,
  target,
  type WaitingTurn,
  waiting,
} from './waiting-turns.ts';

const never = new AbortController().signal;
const closed: DoorAnswer = { allowed: false, reason: 'no_consent', platform: 'web' };
const digest = (text: string) => createHash('sha256').update(text).digest('hex');

/** Ben has not agreed. */
const mayTrain = ({ promptAuthors }: Turn, hintAuthors: readonly PersonId[]): DoorAnswer =>
  [...promptAuthors, ...hintAuthors].includes(person('ben')) ? closed : { allowed: true };

const gather = (all: readonly WaitingTurn[], changes: Partial<GatherSamplesDeps> = {}, signal = never) =>
  gatherSamples(
    { kind: 'everywhere' },
    {
      ...storesOf(all),
      target,
      mayTrain,
      distanceOf: (stamp) =>
        new Map([
          ['base', 0],
          ['pol_1', 1],
        ]).get(stamp),
      ids: { digest },
      yieldNow: async () => {},
      ...changes,
    },
    signal,
  );

describe('a sample', () => {
  test('holds what a plan needs', async () => {
    const rows = [said('a', 'ann'), said('a', 'cleo', { slot: '👎', name: '👎', polarity: -1, weight: 0.5 })];
    const one = waiting(
      'a',
      { policy: 'pol_1' },
      { rows, sampled: [sampleSampled('v1', 1), sampleSampled('v1', 2)] },
    );
    const { samples, leftOut } = await gather([one]);
    expect(leftOut).toEqual([]);
    expect(samples).toMatchObject([
      {
        turnId: 'a',
        revision: 3,
        askerId: person('ann'),
        value: 1,
        distance: 1,
        askedAt: one.turn.startedAt,
        tokens: 10,
        longestTokens: 5,
        path: { path: 'ratio' },
        hasHints: false,
      },
    ]);
    const { occurredAt } = said('a', 'ann');
    expect(samples[0]?.voices).toEqual([
      { actorId: person('ann'), kind: 'reaction', polarity: 1, weight: 1, occurredAt },
      { actorId: person('cleo'), kind: 'reaction', polarity: -1, weight: 0.5, occurredAt },
    ]);
  });

  test('of a policy that nobody knows is no distance away', async () => {
    const { samples } = await gather([waiting('a', { policy: 'other' })]);
    expect(samples[0]).not.toHaveProperty('distance');
  });

  test('keeps nobody’s words', async () => {
    const { samples } = await gather([waiting('a', {}, { rows: [correction('a', 'ann', 'secret words')] })]);
    expect(JSON.stringify(samples)).not.toMatch(/secret|answer to|What is/);
  });

  test('has a hint where somebody who may be quoted said what was wrong', async () => {
    const of = async (...rows: WaitingTurn['rows']) =>
      (await gather([waiting('a', {}, { rows: [said('a', 'ann'), ...rows] })])).samples[0]?.hasHints;
    expect(await of()).toBe(false);
    expect(await of(correction('a', 'cleo', 'Give units.'))).toBe(true);
    expect(await of(correction('a', 'ben', 'Give units.'))).toBe(false);
  });

  test('answers the same request after Retry, and another one after an edit or elsewhere', async () => {
    const refs = { requestRefs: [sampleRef('ask')], requestText: 'go on', promptHash: '' };
    const { samples } = await gather([
      waiting('a', refs),
      waiting('b', { ...refs, retryOf: turnId('a') }),
      waiting('c', { ...refs, requestText: 'go on, please' }),
      waiting('d', { ...refs, requestRefs: [sampleRef('later')] }),
      waiting('e', { ...refs, requestRefs: [], promptHash: 'p' }),
      waiting('f', { ...refs, requestRefs: [], promptHash: 'p' }),
      waiting('g', { ...refs, requestRefs: [], promptHash: 'q' }),
    ]);
    const [a, b, c, d, e, f, g] = samples.map(({ request }) => request);
    expect(a).toBe(b);
    expect(e).toBe(f);
    expect(new Set([a, c, d, e, g]).size).toBe(5);
  });

  test('answers the same request as what is read after it', async () => {
    const of = (id: string, message: string, retryOf?: string) =>
      waiting(id, {
        requestRefs: [sampleRef(message)],
        requestText: 'go on',
        promptHash: '',
        ...(retryOf === undefined ? {} : { retryOf: turnId(retryOf) }),
      });
    const { samples } = await gather([
      of('a', 'one'),
      of('b', 'two'),
      of('c', 'three', 'b'),
      of('d', 'one', 'c'),
    ]);
    expect(new Set(samples.map(({ request }) => request)).size).toBe(1);
  });

  test('is read without the ids and numbers of its calls', async () => {
    const { turns, ...stores } = storesOf([waiting('a')]);
    const { get, sampledLengths } = turns;
    const { samples } = await gather([waiting('a')], { ...stores, turns: { get, sampledLengths } });
    expect(samples).toMatchObject([{ tokens: 5, path: { path: 'ratio' } }]);
  });
});

const { logprobs: _, ...withoutLogprobs } = sampleSampled('v1', 1);
const call = (changes: Partial<SampledTokens>): readonly SampledTokens[] => [
  { ...sampleSampled('v1', 1), ...changes },
];
const empty = new Int32Array(0);

test.each<[string, string | undefined, WaitingTurn]>([
  ['whole', undefined, waiting('t')],
  ['without log-probabilities', undefined, waiting('t', {}, { sampled: [withoutLogprobs] })],
  ['refused by the door', 'not_allowed', waiting('t', { promptAuthors: [person('ben')] })],
  ['opened again', 'changed', waiting('t', {}, { weights: settlement('t', { state: 'open' }) })],
  ['used', 'changed', waiting('t', {}, { weights: settlement('t', { state: 'used' }) })],
  [
    'a skill was made from it',
    'changed',
    waiting(
      't',
      {},
      { skills: settlement('t', { state: 'used', decision: { role: 'support', reason: 'failure' } }) },
    ),
  ],
  ['held', 'no_weight', waiting('t', {}, { weights: settlement('t', { reward: { kind: 'held' } }) })],
  [
    'no number',
    'unusable',
    waiting(
      't',
      {},
      {
        weights: settlement('t', {
          reward: { kind: 'known', value: Number.NaN, authority: 'explicit', voices: 1, weight: 1 },
        }),
      },
    ),
  ],
  ['not by the engine', 'no_token_ids', waiting('t', {}, { sampled: [] })],
  ['another tokenizer', 'other_tokenizer', waiting('t', {}, { sampled: call({ tokenizerHash: 'x' }) })],
  ['no prompt', 'no_token_ids', waiting('t', {}, { sampled: call({ prompt: empty }) })],
  [
    'no answer',
    'empty_answer',
    waiting('t', {}, { sampled: call({ tokens: empty, logprobs: new Float32Array(0) }) }),
  ],
  ['just fits', undefined, waiting('t', {}, { sampled: call({ prompt: new Int32Array(97).fill(1) }) })],
  [
    'fills the context',
    'too_long',
    waiting('t', {}, { sampled: call({ prompt: new Int32Array(98).fill(1) }) }),
  ],
  ['too long', 'too_long', waiting('t', {}, { sampled: call({ prompt: new Int32Array(99).fill(1) }) })],
  [
    'several calls, one too long',
    'too_long',
    waiting('t', {}, { sampled: [...call({}), ...call({ prompt: new Int32Array(99).fill(1) })] }),
  ],
])('%s: %s', async (_name, reason, one) => {
  const { samples, leftOut } = await gather([one]);
  expect(leftOut).toEqual(reason === undefined ? [] : [{ turnId: 't', reason }]);
  expect(samples).toHaveLength(reason === undefined ? 1 : 0);
});

test('a provider is given words: ids are not asked for, an empty answer is none', async () => {
  const text = { target: { kind: 'text', maxContextTokens: 12, foreignPlatforms: ['api'] } } as const;
  const short = { requestText: 'abcd', replyText: 'x'.repeat(44) };
  const { samples, leftOut } = await gather(
    [
      waiting('a', short, { sampled: [] }),
      waiting('b', { ...short, replyText: ' ' }),
      waiting('c', { ...short, replyText: 'x'.repeat(48) }),
      waiting('d', { ...short, conversation: { ...sampleConversation, platform: 'api' } }),
    ],
    text,
  );
  expect(samples).toMatchObject([
    { turnId: 'a', tokens: 12, path: { path: 'preference', tokens: 'rendered' } },
  ]);
  expect(leftOut).toEqual([
    { turnId: 'b', reason: 'empty_answer' },
    { turnId: 'c', reason: 'too_long' },
    { turnId: 'd', reason: 'foreign_prompt' },
  ]);
});

describe('all that waits', () => {
  const many = Array.from({ length: 40 }, (_, index) => waiting(`t${10 + index}`));

  test('is read page by page, each once, and others have their turn meanwhile', async () => {
    let yields = 0;
    const yieldNow = async () => {
      yields += 1;
    };
    const { samples } = await gather(many, { yieldNow });
    expect(samples.map((sample) => sample.turnId)).toEqual(many.map(({ turn }) => turn.turnId));
    expect(yields).toBeGreaterThanOrEqual(5);
  });

  test('what is gone between page and look is left out', async () => {
    const stores = storesOf(many);
    const get: typeof stores.turns.get = async (id) => (id === 't12' ? undefined : stores.turns.get(id));
    const { samples, leftOut } = await gather(many, { turns: { ...stores.turns, get } });
    expect(samples).toHaveLength(39);
    expect(leftOut).toEqual([{ turnId: 't12', reason: 'gone' }]);
  });

  test('a stop ends the look', async () => {
    const stopped = new AbortController();
    const yieldNow = async () => stopped.abort();
    await expect(gather(many, { yieldNow }, stopped.signal)).rejects.toMatchObject({ code: 'aborted' });
  });
});
