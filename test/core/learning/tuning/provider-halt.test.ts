import { expect, test } from 'vitest';
import { AppError } from '../../../../core/domain/app-error.ts';
import { createSpendGate } from '../../../../core/learning/run/spend-gate.ts';
import { createProviderDriver } from '../../../../core/learning/tuning/provider-driver.ts';
import { readProgress } from '../../../../core/learning/tuning/tuning-progress.ts';
import type { RunStore } from '../../../../core/ports/run-store.ts';
import { createFakeClock } from '../../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../../fakes/system/sequential-ids.ts';
import { createMemoryTuning } from './memory-tuning.ts';
import { createSmallRunStore } from './small-run-store.ts';
import { answers, plannedSamples, promptOf, tuningRun } from './tuning-rig.ts';

test('a window that closes while the job’s price is written down: no job is made, and it costs nothing', async () => {
  const prepared = answers(12);
  const store = createSmallRunStore(tuningRun(), plannedSamples(prepared));
  const tuning = createMemoryTuning();
  const clock = createFakeClock();
  const spent: number[] = [];
  const book: Pick<RunStore, 'reserve' | 'refund'> = {
    async reserve(_runId, { micros }) {
      spent.push(micros);
      return true;
    },
    async refund(_runId, { micros }) {
      spent.push(-micros);
    },
  };
  let halt = new AbortController();
  const driver = createProviderDriver({
    tuning,
    runs: {
      ...store.runs,
      refund: book.refund,
      async setProgress(runId, progress) {
        await store.runs.setProgress(runId, progress);
        if (readProgress(progress).reservedTokens !== undefined && spent.length === 1) halt.abort();
      },
    },
    prepare: async () => ({ prepared, leftOut: [] }),
    promptOf,
    isStale: () => false,
    longestExampleTokens: 60_000,
    baseModelOf: () => 'gpt-tiny',
    epochs: 3,
    beta: 0.1,
    prices: { trainMicrosPerMillionTokens: 3_000_000 },
    longestJobMs: 86_400_000,
    clock,
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  });
  const drive = () => {
    const gate = createSpendGate(store.run().runId, halt.signal, { runs: book, clock, capMicros: undefined });
    return driver.drive(store.run(), gate, new AbortController().signal);
  };
  const total = (): number => spent.reduce((sum, micros) => sum + micros, 0);

  expect(await drive()).toEqual({ kind: 'paused' });
  expect(tuning.calls).toEqual([]);
  expect(total()).toBe(0);
  expect(readProgress(store.run().progress).reservedTokens).toBeUndefined();

  halt = new AbortController();
  expect(await drive()).toMatchObject({ kind: 'waiting' });
  expect(tuning.specs).toHaveLength(1);
  expect(total()).toBeGreaterThan(0);
});

test('whoever leads no more pauses it, however often, and asks for no job', async () => {
  const prepared = answers(12);
  const store = createSmallRunStore(tuningRun(), plannedSamples(prepared));
  const tuning = createMemoryTuning();
  const clock = createFakeClock();
  let leads = false;
  const lost = async (): Promise<never> => {
    throw new AppError('conflict', 'Another leads.', { details: { reason: 'lease_lost' } });
  };
  const driver = createProviderDriver({
    tuning,
    runs: {
      ...store.runs,
      setProgress: (...given) => (leads ? store.runs.setProgress(...given) : lost()),
    },
    prepare: async () => ({ prepared, leftOut: [] }),
    promptOf,
    isStale: () => false,
    longestExampleTokens: 60_000,
    baseModelOf: () => 'gpt-tiny',
    epochs: 3,
    beta: 0.1,
    prices: { trainMicrosPerMillionTokens: 3_000_000 },
    longestJobMs: 86_400_000,
    clock,
    ids: createSequentialIds(),
    logger: createMemoryLogger(),
  });
  const drive = () => {
    const book = { reserve: async () => true, refund: async () => undefined };
    const { signal } = new AbortController();
    const gate = createSpendGate(store.run().runId, signal, { runs: book, clock, capMicros: undefined });
    return driver.drive(store.run(), gate, signal);
  };
  for (let times = 0; times < 8; times += 1) expect(await drive()).toEqual({ kind: 'paused' });
  expect(tuning.specs).toEqual([]);
  leads = true;
  expect(await drive()).toMatchObject({ kind: 'waiting' });
  expect(tuning.specs).toHaveLength(1);
});
