import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { packageRoot } from '../../config/package-root.ts';
import { mustLoad } from '../config/settings-folder.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

/** So long after a start every window is closed, and so long after a message. */
export const quietMs = 3 * 60_000;
/** Who is active in hours of sleep is not away again before so long. */
export const wokenMs = 20 * 60_000;

type Section = Readonly<Record<string, unknown>>;
export type Sections = Readonly<Record<string, Section | string>>;

/** Runs that a single person can fill in a minute. */
export const smallRuns: Section = {
  minSamples: 16,
  minEachSign: 4,
  minPeople: 1,
  maxPersonPercent: 100,
  batchSize: 8,
};

const baseModel = 'test/chat';

/** Settings with which everything that is rated counts at once. */
export function settingsWith(
  sections: Sections,
  variables: Readonly<Record<string, string>>,
): LoadedSettings {
  const usual: Sections = {
    // What was said before is no matter, and makes prompts long.
    agent: { historyTurns: 1, historyBudgetTokens: 200 },
    feedback: { settleSkillsMinutes: 0, settleWeightsMinutes: 0 },
    learning: { holdOutPercent: 0, trainLocal: ['terminal', 'web'] },
  };
  return mustLoad({
    yaml: JSON.stringify({ ...usual, ...sections }),
    variables: { METACLAW_PORT: '0', METACLAW_INTAKE_BURST_MS: '0', ...variables },
  });
}

/** A bot that a training engine answers for, with nothing stood in for. */
export function engineSettings(
  fake: FakeTinker,
  training: Section,
  more: Sections = {},
  variables: Readonly<Record<string, string>> = {},
): LoadedSettings {
  return settingsWith(
    {
      engine: {
        profile: fake.behaviour,
        baseModel,
        tokenizer: join(packageRoot(), 'test/fixtures/tokenizers/chatml'),
        answers: true,
        rank: 4,
        maxContextTokens: 4_096,
      },
      model: { maxOutputTokens: 16 },
      training,
      ...more,
    },
    { TINKER_BASE_URL: fake.baseUrl, TINKER_API_KEY: fake.apiKey, ...variables },
  );
}

/** The engine of `engineSettings`. */
export async function openEngine(behaviour: 'tinker' | 'skyrl' = 'tinker'): Promise<FakeTinker> {
  const fake = await createFakeTinker({
    behaviour,
    baseModels: [{ name: baseModel, vocabulary: 640, maxContextTokens: 4_096 }],
  });
  onTestFinished(() => fake.close());
  return fake;
}
