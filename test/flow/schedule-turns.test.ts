import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { passTime } from './pass-time.ts';
import { asleep, evening, minuteMs, readyToTrain, trained, untilSleepMs } from './schedule-rig.ts';
import { startTrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { engineSettings, openEngine, quietMs } from './training-settings.ts';
import { startVendor } from './training-vendor.ts';

/** Only the texts of skills say so. */
const describes = 'Use when';

type Work = 'training' | 'proof' | 'embedding';

/** What a request is made for; `undefined` for those that answer people. */
function workOf(address: URL, body: unknown): Work | undefined {
  if (address.pathname.endsWith('/create_model')) return 'training';
  if (address.pathname === '/v1/chat/completions') return 'proof';
  return address.pathname === '/v1/embeddings' && String(body).includes(describes) ? 'embedding' : undefined;
}

/** Writes a skill into the data folder, where it is found with the next look. */
function writeSkill(homeFolder: string, name: string): void {
  const folder = join(homeFolder, 'skills', name);
  mkdirSync(folder, { recursive: true });
  const description = `${describes} somebody asks about airships.`;
  writeFileSync(
    join(folder, 'SKILL.md'),
    `---\nname: ${name}\ndescription: ${description}\n---\n\nSay how they fly.\n`,
  );
}

test('background work is done one piece at a time and by its weight, and none of it begins while somebody is answered', async () => {
  const fake = await openEngine();
  const vendor = await startVendor(['writer', 'vectors'], () => '{"operations":[]}');
  const begun: Work[] = [];
  const proofs: (() => void)[] = [];
  const clock = createSkippingClock(evening);
  const loaded = engineSettings(
    fake,
    trained,
    {
      schedule: asleep,
      evolver: { model: 'writer' },
      embeddings: { model: 'vectors' },
      skills: { retrieval: 'fused' },
    },
    { OPENAI_BASE_URL: vendor.baseUrl, OPENAI_API_KEY: vendor.apiKey },
  );
  const bot = await startTrainingBot(loaded, {
    clock,
    async fetch(input, init) {
      const work = workOf(new URL(input instanceof Request ? input.url : input), init?.body);
      if (work !== undefined) begun.push(work);
      if (work === 'proof') await new Promise<void>((resolve) => void proofs.push(resolve));
      return vendor.fetch(input, init);
    },
  });
  await readyToTrain(bot);

  // What is embedded has waited for longer than it ever does.
  fake.holdFutures(['sample']);
  const long = bot.says('Tell me everything.');
  await expect.poll(() => fake.waitingFutures(), { timeout: 10_000 }).toBeGreaterThan(0);
  await passTime(clock, quietMs + minuteMs);
  expect(begun).toEqual([]);
  fake.releaseFutures();
  expect(await long).not.toBe('');
  await expect.poll(() => begun, { timeout: 10_000 }).toEqual(['embedding']);

  // In the window a check of a skill is what waits first; a run and another text to embed come while it is made.
  clock.skip(untilSleepMs);
  await passTime(clock, minuteMs);
  await bot.logged('training_began');
  await expect.poll(() => proofs.length, { timeout: 10_000 }).toBe(1);
  writeSkill(loaded.homeFolder, 'airships');
  await bot.running.reloadSkills();
  await passTime(clock, 30_000);
  expect(begun).toEqual(['embedding', 'proof']);
  fake.holdFutures(['create_model']);
  proofs[0]?.();
  await expect.poll(() => begun, { timeout: 10_000 }).toEqual(['embedding', 'proof', 'training']);
  await passTime(clock, 30_000);
  expect(begun).toEqual(['embedding', 'proof', 'training']);
  fake.releaseFutures();
  await expect
    .poll(() => begun, { timeout: 10_000 })
    .toEqual(['embedding', 'proof', 'training', 'embedding']);
});
