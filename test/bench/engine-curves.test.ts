import { expect, test } from 'vitest';
import type { BenchResult } from '../../bench/lib/bench-report.ts';
import { openTrainer } from '../../bench/lib/engine/open-trainer.ts';
import { type CurvePlan, measureCurves, shownLosses } from '../../bench/lib/engine/reward-curves.ts';
import { smallShape } from '../../bench/lib/engine/shapes.ts';
import { measureSteps, type StepPlan } from '../../bench/lib/engine/step-cost.ts';
import type { Behaviour } from '../fakes/tinker/behaviours.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

const { signal } = new AbortController();
const quiet = (): void => {};
const models = ['one', 'two'];

async function onServer<T>(
  behaviour: Behaviour,
  work: (plan: CurvePlan, fake: FakeTinker) => Promise<T>,
): Promise<T> {
  const fake = await createFakeTinker({ behaviour, baseModels: models.map((name) => ({ name })) });
  const { baseUrl, apiKey } = fake;
  const trainer = openTrainer({ profile: behaviour, baseUrl, apiKey });
  try {
    return await work(
      {
        trainer,
        shape: { ...smallShape.shape, prompts: smallShape.shape.prompts.slice(0, 2), groupSize: 12 },
        steps: 4,
        shownSteps: [1, 4],
        learningRate: 0.03,
        uses: 2,
        repetitions: models.map((baseModel, at) => ({ baseModel, seed: at + 1 })),
      },
      fake,
    );
  } finally {
    await trainer.close();
    await fake.close();
  }
}

function reward(results: readonly BenchResult[], what: string, step: number, engine: string): number {
  const found = results.find(({ metric }) => metric === `reward, ${what}, step ${step}, ${engine} engine`);
  return found?.value ?? Number.NaN;
}

test.each([
  ['tinker', 'sum', shownLosses.map(({ name }) => name)],
  ['skyrl', 'mean', ['importance_sampling', 'cross_entropy', 'ppo', 'cispo']],
] as const)(
  'on %s each loss raises the reward, and turned round it falls',
  async (behaviour, engine, losses) => {
    const results = await onServer(behaviour, (plan) => measureCurves(plan, quiet, signal));
    for (const name of losses) {
      const before = reward(results, name, 1, engine);
      expect(before, name).toBeGreaterThan(0.35);
      expect(reward(results, name, 4, engine), name).toBeGreaterThan(before + 0.15);
    }
    const turned = 'importance_sampling with the advantages turned round';
    const before = reward(results, turned, 1, engine);
    expect(before).toBeGreaterThan(0.35);
    expect(reward(results, turned, 4, engine)).toBeLessThan(before - 0.15);
    expect(results).toHaveLength(2 * (losses.length + 1));
    const row = (step: number) =>
      results.find(({ metric }) => metric === `reward, ppo, step ${step}, ${engine} engine`);
    const [lowest = Number.NaN, highest = Number.NaN] = row(4)?.spread ?? [];
    expect(highest).toBeGreaterThan(lowest);
    expect(row(4)?.value).toBeCloseTo((lowest + highest) / 2);
    expect(row(4)?.vs).toEqual({ name: 'step 1', value: row(1)?.value });
  },
);

test('each batch is used as often as said, and adapters are thrown away', async () => {
  await onServer('tinker', async (plan, fake) => {
    const once = { ...plan, uses: 3, steps: 2, shownSteps: [1, 2], repetitions: [{ baseModel: 'one' }] };
    const results = await measureCurves(once, quiet, signal);
    expect(results.every(({ spread }) => spread === undefined)).toBe(true);
    const runs = shownLosses.length + 1;
    expect(fake.requestsTo('optim_step')).toHaveLength(runs * 2 * 3);
    expect(fake.modelIds()).toHaveLength(runs);
    expect(fake.modelIds().every((id) => fake.model(id).isUnloaded)).toBe(true);
    expect(fake.modelIds().every((id) => fake.model(id).pendingDatums === 0)).toBe(true);
  });
});

test('steps that warm up do not count, and the engine’s time is what it says', async () => {
  await onServer('tinker', async ({ trainer, shape }, fake) => {
    let spentMs = 0;
    const plan: StepPlan = {
      trainer,
      baseModel: 'one',
      name: 'a few answers',
      shape,
      learningRate: 0.01,
      warmUp: 2,
      steps: 3,
      engineCpuMs: async () => {
        spentMs += 7;
        return spentMs;
      },
    };
    const [cpu, wall] = await measureSteps(plan, quiet, signal);
    expect(fake.requestsTo('optim_step')).toHaveLength(5);
    expect(spentMs).toBe(2 * 3 * 7);
    expect(cpu?.metric).toBe('our CPU time a step, a few answers');
    expect(cpu?.vs).toEqual({ name: 'CPU time of the engine', value: 7 });
    expect(wall?.vs).toEqual(cpu?.vs);
    const { engineCpuMs: _, ...untold } = plan;
    const [own] = await measureSteps(untold, quiet, signal);
    expect(own?.vs?.name).toBe('the rest of the step');
  });
});
