import { describe, expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { type PersonId, turnId } from '../../../../core/domain/ids.ts';
import type { RunSample } from '../../../../core/domain/training-run.ts';
import type { Turn } from '../../../../core/domain/turn.ts';
import { type PrepareSamplesDeps, prepareSamples } from '../../../../core/learning/run/prepare-samples.ts';
import { sampleSampled } from '../../../contract/store-samples.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { person } from './sample-gathered.ts';
import { correction, said, storesOf, target, type WaitingTurn, waiting } from './waiting-turns.ts';

const planned = (id: string): RunSample => ({
  turnId: turnId(id),
  revision: 3,
  step: 1,
  value: -0.5,
  weight: 0.75,
  baseline: 0.25,
  status: 'claimed',
});

function deps(all: readonly WaitingTurn[], changes: Partial<PrepareSamplesDeps> = {}): PrepareSamplesDeps {
  return {
    ...storesOf(all),
    target,
    mayTrain: () => ({ allowed: true }),
    logger: createMemoryLogger(),
    ...changes,
  };
}

describe('a sample of a step', () => {
  test('is read whole, and counts as it was planned', async () => {
    const sampled = [sampleSampled('v1', 1), sampleSampled('v1', 2)];
    const rows = [
      said('a', 'ann'),
      correction('a', 'cleo', ' Give units. '),
      said('a', 'dan', { kind: 'reason', slot: 'reason', name: 'unwelcome', polarity: 0, text: 'Too long.' }),
    ];
    const one = waiting('a', {}, { sampled, rows });
    expect(await prepareSamples([planned('a')], deps([one]))).toEqual({
      prepared: [
        {
          turnId: 'a',
          turn: one.turn,
          calls: sampled,
          value: -0.5,
          weight: 0.75,
          baseline: 0.25,
          hints: ['Give units.'],
          hintAuthors: [person('cleo')],
          raters: [person('ann'), person('cleo')],
        },
      ],
      leftOut: [],
    });
  });

  test('goes without the hint of somebody who has not agreed, and not at all without the consent of others', async () => {
    const mayTrain = ({ promptAuthors }: Turn, hintAuthors: readonly PersonId[]) =>
      [...promptAuthors, ...hintAuthors].includes(person('ben'))
        ? ({ allowed: false, reason: 'no_consent', platform: 'web' } as const)
        : ({ allowed: true } as const);
    const rows = [correction('a', 'ben', 'Bad.'), correction('a', 'cleo', 'Give units.')];
    const all = [waiting('a', {}, { rows }), waiting('b', { promptAuthors: [person('ann'), person('ben')] })];
    const { prepared, leftOut } = await prepareSamples([planned('a'), planned('b')], deps(all, { mayTrain }));
    expect(prepared).toMatchObject([{ hints: ['Give units.'], hintAuthors: [person('cleo')] }]);
    expect(prepared[0]?.hintAuthors).toHaveLength(1);
    expect(leftOut).toEqual([{ turnId: 'b', reason: 'not_allowed' }]);
  });

  test('is left out where it no longer fits, or is gone', async () => {
    const all = [
      waiting('a', {}, { sampled: [] }),
      waiting('b', {}, { sampled: [{ ...sampleSampled('v1', 1), prompt: new Int32Array(99).fill(1) }] }),
      waiting('c'),
    ];
    const { prepared, leftOut } = await prepareSamples(['a', 'b', 'c', 'd'].map(planned), deps(all));
    expect(prepared.map((sample) => sample.turnId)).toEqual(['c']);
    expect(leftOut).toEqual([
      { turnId: 'a', reason: 'no_token_ids' },
      { turnId: 'b', reason: 'too_long' },
      { turnId: 'd', reason: 'gone' },
    ]);
  });

  test('that cannot be read keeps no other back', async () => {
    const all = [waiting('a'), waiting('b')];
    const stores = storesOf(all);
    const sampled: typeof stores.turns.sampled = async (id) => {
      if (id === 'a') throw new RangeError('a torn row');
      return stores.turns.sampled(id);
    };
    const logger = createMemoryLogger();
    const given = deps(all, { turns: { ...stores.turns, sampled }, logger });
    const { prepared, leftOut } = await prepareSamples([planned('a'), planned('b')], given);
    expect(prepared.map((sample) => sample.turnId)).toEqual(['b']);
    expect(leftOut).toEqual([{ turnId: 'a', reason: 'unusable' }]);
    expect(logger.entries.map(({ event }) => event)).toEqual(['sample_not_read']);
  });
});

test('a storage that gives nothing is no fault of the samples', async () => {
  const failure = new AppError('storage_failed', 'The disk is gone.');
  const turns = { get: () => Promise.reject(failure), sampled: async () => [] };
  await expect(prepareSamples([planned('a'), planned('b')], deps([], { turns }))).rejects.toBe(failure);
  expect(await prepareSamples([], deps([], { turns }))).toEqual({ prepared: [], leftOut: [] });
});
