import { expect, test } from 'vitest';
import type { ChatRequest } from '../fakes/openai/request-schema.ts';
import { startTrainingBot, type TrainingBot } from './training-bot.ts';
import { createSkippingClock } from './training-clock.ts';
import { settingsWith } from './training-settings.ts';
import { lastAsked, saidBy, startVendor, type Vendor } from './training-vendor.ts';

const persona = 'You help people in a kitchen. Be kind, and be brief.';
const goodRule = 'Name the unit of every number.';
const isMeasure = (request: string): boolean => request.startsWith('How much');
const dishes = 'rice lentils beans oats flour sugar barley millet'.split(' ');
const requests = dishes.flatMap((dish) => [
  `How much ${dish} for two?`,
  `How much ${dish} for six?`,
  `What goes with ${dish}?`,
]);

/** What stands between the marks of a block of a prompt. */
function blockOf(said: string, title: string): string {
  const lines = said.split('\n');
  const rest = lines.slice(lines.findIndex((line) => line.endsWith(` begin ${title}]`)) + 1);
  const block = rest.slice(
    0,
    rest.findIndex((line) => !line.startsWith('| ')),
  );
  return block.map((line) => line.slice(2)).join('\n');
}

/** Models at one address: one names units when it is told to; another grades by them, and rewords with this rule. */
function answerWith(rule: string): (request: ChatRequest) => string {
  return (request) => {
    const system = saidBy('system', request);
    const said = saidBy('user', request);
    if (system.startsWith('You grade one answer')) {
      const asked = blockOf(said, 'the request');
      const isLacking = isMeasure(asked) && !blockOf(said, 'the answer to grade').includes('grams');
      return JSON.stringify({ score: isLacking ? 3 : 8, feedback: 'A number wants its unit.' });
    }
    if (system.startsWith('You better a text')) {
      const text = blockOf(said, 'the persona');
      return JSON.stringify({ text: text.includes(rule) ? text : `${text}\n${rule}`, why: 'Units.' });
    }
    if (!isMeasure(said.split('\n').at(-1) ?? '')) return 'Butter and salt.';
    return system.includes(goodRule) ? 'Take 300 grams.' : 'Take 300.';
  };
}

/** A bot whose model cannot be trained, and all its answers are rated. */
async function ratedBot(rule: string): Promise<{ readonly vendor: Vendor; readonly bot: TrainingBot }> {
  const vendor = await startVendor(['gpt-tiny', 'writer'], answerWith(rule));
  const loaded = settingsWith(
    { persona, evolver: { model: 'writer', policy: 'off' } },
    { OPENAI_BASE_URL: vendor.baseUrl, OPENAI_API_KEY: vendor.apiKey, OPENAI_MODEL: 'gpt-tiny' },
  );
  const bot = await startTrainingBot(loaded, { clock: createSkippingClock(), fetch: vendor.fetch });
  expect(await bot.says('/train status')).toContain('Still missing: 12 rated answers');
  await bot.rates(requests, (request) => !isMeasure(request));
  await bot.untilItSays(`It can begin: ${requests.length} rated answers`, '/train status');
  return { vendor, bot };
}

test('a model that cannot be trained gets better words, and people decide about them', async () => {
  const { vendor, bot } = await ratedBot(goodRule);
  expect(await bot.says('/train now')).toContain(`Run 1 has begun, with ${requests.length} rated answers`);
  await bot.logged('training_done');
  expect(await bot.says('/train show 1')).toContain('What it made: policy 1');
  const policy = await bot.says('/policy show 1');
  expect(policy).toContain('It is another persona for the configured model');
  expect(policy).toContain(goodRule);
  expect(await bot.says('How much salt?')).toContain('Take 300.');
  expect(saidBy('system', lastAsked(vendor))).not.toContain(goodRule);

  expect(await bot.says('/policy promote 1 confirm')).toContain('Policy 1 serves now');
  expect(await bot.says('How much pepper?')).toContain('Take 300 grams.');
  const system = saidBy('system', lastAsked(vendor));
  expect(system.startsWith(`${persona}\n${goodRule}\n`)).toBe(true);
  expect(await bot.says('/why')).toContain('Model: policy 1, ');
  expect(await bot.says('/status')).toContain('Answers come from policy 1');
  expect(await bot.says('/policy rollback 1 confirm')).toContain('Policy 1 is taken back');
  expect(await bot.says('How much sage?')).toContain('Take 300.');
  expect(vendor.tuning.requests).toEqual([]);
});

test('words that change nothing are no policy', async () => {
  const { bot } = await ratedBot('Use numbers.');
  await bot.says('/train now');
  await bot.logged('training_came_to_nothing');
  expect(await bot.says('/train show 1')).toMatch(/Run 1: came to nothing: .*better/);
  expect(await bot.says('/policy list')).toContain('nothing else was made yet');
});
