import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import { readControlToken } from '../../config/control-token.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { type RunningBot, startBot } from '../../config/start-bot.ts';
import { AppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { mustLoad } from '../config/settings-folder.ts';
import { createStandInSampler, saying } from '../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../fakes/engine/stand-in-tokenizer.ts';
import { createStandInTrainer, type StandInTrainer } from '../fakes/engine/stand-in-trainer.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';

const fields = 'profile: skyrl, baseModel: tiny, tokenizer: ./tiny, answers: true';

function settings(more = ''): LoadedSettings {
  return mustLoad({
    // Of a conversation that chance holds out nothing would be kept.
    yaml: `engine: {${fields}${more}}\nlearning: {holdOutPercent: 0}\n`,
    variables: {
      METACLAW_PORT: '0',
      METACLAW_INTAKE_BURST_MS: '0',
      TINKER_BASE_URL: 'http://127.0.0.1:8000',
    },
  });
}

async function start(
  loaded: LoadedSettings,
  trainer: StandInTrainer,
  withTokenizer = true,
  aheadMs = 0,
): Promise<RunningBot> {
  const system = createSystemClock();
  const clock: Clock = { ...system, now: () => system.now() + aheadMs };
  const bot = await startBot({
    loaded,
    clock,
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
    fetch: () => Promise.reject(new TypeError('nothing is reachable in this test')),
    processId: process.pid,
    personName: 'ada',
    engine: { trainer, ...(withTokenizer ? { tokenizer: createStandInTokenizer() } : {}) },
  });
  onTestFinished(() => bot.stop());
  await bot.launched;
  return bot;
}

let inputs = 0;

/** The first that the bot says to a line at the keyboard. */
async function told(bot: RunningBot, loaded: LoadedSettings, text: string): Promise<string> {
  const session = await joinTerminal({
    address: bot.address ?? '',
    token: readControlToken(loaded.homeFolder) ?? '',
    fetch: globalThis.fetch,
  });
  const answer = new Promise<string>((resolve) => {
    session.watch((output) => {
      if (output.kind === 'message' || output.kind === 'close') resolve(output.text);
    });
  });
  inputs += 1;
  await session.submit({ kind: 'line', inputId: `in_${inputs}`, enteredAt: Date.now(), text });
  const said = await answer;
  session.close();
  return said;
}

const answering = createStandInSampler(() => saying('The engine says so.'));

describe('a bot whose engine answers', () => {
  test('asks it from the first message on, says so, and closes it when it stops', async () => {
    const loaded = settings();
    const trainer = createStandInTrainer({ sampler: () => answering });
    const bot = await start(loaded, trainer);
    expect(bot.model).toMatchObject({
      kind: 'engine',
      why: 'set by engine.answers',
      description: 'tiny on skyrl at 127.0.0.1:8000',
    });
    expect(trainer.sources).toEqual([]);
    expect(await told(bot, loaded, 'What is so?')).toContain('The engine says so.');
    expect(await told(bot, loaded, 'And now?')).toContain('The engine says so.');
    expect(trainer.sources).toEqual([{ baseModel: 'tiny' }]);
    expect(await told(bot, loaded, '/status')).toContain('Model: tiny on skyrl at 127.0.0.1:8000');
    const privacy = await told(bot, loaded, '/privacy');
    expect(privacy).toContain('the training engine, whose model answers, at 127.0.0.1:8000: your messages');
    expect(privacy).toContain('Everything that the model was given for an answer');
    expect(privacy).toContain('What the model was given, where that is kept: 90 days at most');
    expect(trainer.closed()).toBe(0);
    await bot.stop();
    expect(trainer.closed()).toBe(1);
  });

  test.each([
    ['does not offer the model', async () => [{ name: 'other' }], 'does not offer tiny'],
    [
      'is not there',
      () => Promise.reject(new AppError('network', 'It cannot be reached.')),
      'is not ready: It cannot be reached.',
    ],
  ])('says in its status that the engine %s, until it answers', async (_, models, words) => {
    const loaded = settings();
    const bot = await start(loaded, createStandInTrainer({ sampler: () => answering, models }));
    expect(await told(bot, loaded, '/status')).toContain(words);
    expect(await told(bot, loaded, 'What is so?')).toContain('The engine says so.');
    expect(await told(bot, loaded, '/status')).not.toContain(words);
  });

  test('answers from saved weights where they are named, drawn as the settings say', async () => {
    const path = 'tinker://run-1/sampler_weights/best';
    const loaded = settings(`, samplerPath: "${path}", temperature: 0.5, topP: 0.9, topK: 5`);
    const sampler = createStandInSampler(() => saying('Sharper.'), { version: path });
    const trainer = createStandInTrainer({ sampler: () => sampler });
    const bot = await start(loaded, trainer);
    expect(await told(bot, loaded, 'Well?')).toContain('Sharper.');
    expect(trainer.sources).toEqual([{ path }]);
    expect(sampler.requests[0]?.params).toMatchObject({ temperature: 0.5, topP: 0.9, topK: 5 });
  });

  test('goes on by itself after the engine has forgotten its weights', async () => {
    const loaded = settings();
    const forgotten = createStandInSampler(() =>
      Promise.reject(new AppError('not_found', 'There is no such sampler.')),
    );
    const trainer = createStandInTrainer({ sampler: (_, nth) => (nth === 1 ? forgotten : answering) });
    const bot = await start(loaded, trainer);
    expect(await told(bot, loaded, 'Still there?')).toContain('The engine says so.');
    expect(trainer.sources).toHaveLength(2);
  });

  test('that cannot be composed closes it, too', async () => {
    const trainer = createStandInTrainer({ sampler: () => answering });
    await expect(start(settings(), trainer, false)).rejects.toMatchObject({ code: 'config_invalid' });
    expect(trainer.closed()).toBe(1);
  });

  test('switched off again, what it was given is said to be kept for as long as it is', async () => {
    const loaded = settings();
    const bot = await start(loaded, createStandInTrainer({ sampler: () => answering }));
    expect(await told(bot, loaded, 'What is so?')).toContain('The engine says so.');
    await bot.stop();

    const off: LoadedSettings = {
      ...loaded,
      settings: {
        ...loaded.settings,
        engine: { ...loaded.settings.engine, answers: false },
        model: { ...loaded.settings.model, discover: false },
      },
    };
    const trainer = createStandInTrainer({ sampler: () => answering });
    const line = 'Everything that the model was given for an answer';
    const without = await start(off, trainer);
    expect(await told(without, off, '/privacy')).toContain(line);
    await without.stop();

    const later = await start(off, trainer, true, 91 * 86_400_000);
    let privacy = line;
    // Nobody waits for the forgetting, which begins with the start.
    for (let asked = 0; asked < 100 && privacy.includes(line); asked += 1) {
      privacy = await told(later, off, '/privacy');
    }
    expect(privacy).not.toContain(line);
    expect(privacy).toContain('Until the operator deletes it');
    await later.stop();
  });
});
