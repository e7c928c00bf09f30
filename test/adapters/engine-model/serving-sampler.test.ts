import { expect, test } from 'vitest';
import { createServingSampler } from '../../../adapters/engine-model/serving-sampler.ts';
import type { EngineSampler } from '../../../core/ports/trainer.ts';
import { createStandInSampler, saying } from '../../fakes/engine/stand-in-sampler.ts';

const named = (version: string): EngineSampler => createStandInSampler(() => saying('x'), { version });

test('is set up when first asked for, once for all who wait', async () => {
  let made = 0;
  const serving = createServingSampler(async () => {
    made += 1;
    return named(String(made));
  });
  expect(made).toBe(0);
  const [a, b] = await Promise.all([serving.current(), serving.current()]);
  expect(a).toBe(b);
  expect(await serving.current()).toBe(a);
  expect(made).toBe(1);
});

test('a failure is told to all who wait, and the next who asks tries again', async () => {
  let made = 0;
  const serving = createServingSampler(async () => {
    made += 1;
    if (made === 1) throw new Error('away');
    return named('back');
  });
  const both = [serving.current(), serving.current()];
  for (const one of both) await expect(one).rejects.toThrow('away');
  expect((await serving.current()).version).toBe('back');
  expect(made).toBe(2);
});

test('one that was lost is set up anew; one that is not in place any more changes nothing', async () => {
  let made = 0;
  const serving = createServingSampler(async () => {
    made += 1;
    return named(String(made));
  });
  const first = await serving.current();
  serving.lost(first);
  const second = await serving.current();
  expect(second.version).toBe('2');
  serving.lost(first);
  expect(await serving.current()).toBe(second);
});
