import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { type ComposedBot, composeBot } from '../../config/compose.ts';
import { openStorage } from '../../config/storage.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { createStandInTokenizer } from '../fakes/engine/stand-in-tokenizer.ts';
import { createStandInTrainer } from '../fakes/engine/stand-in-trainer.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { mustLoad } from './settings-folder.ts';

const broken = new AppError('storage_failed', 'The disk is gone.');

/** A bot whose engine answers and is trained; `fails`: what is built after training cannot be. */
function compose(fails: boolean) {
  const loaded = mustLoad({
    yaml: 'engine: {profile: skyrl, baseModel: tiny, tokenizer: ./t, answers: true}\ntraining: {weights: true}',
    variables: { TINKER_BASE_URL: 'http://127.0.0.1:9', METACLAW_MODEL_DISCOVER: 'false' },
  });
  const clock = createSystemClock();
  const logger = createMemoryLogger();
  const storage = openStorage(loaded.homeFolder, { clock, logger, processId: process.pid });
  onTestFinished(() => storage.close());
  const trainer = createStandInTrainer({ models: async () => [] });
  const { turns } = storage.stores;
  const composing: Promise<ComposedBot> = composeBot({
    loaded,
    storage: fails
      ? {
          ...storage,
          stores: { ...storage.stores, turns: { ...turns, keepsSampled: () => Promise.reject(broken) } },
        }
      : storage,
    clock,
    ids: createSystemIds(clock),
    logger,
    fetch: () => Promise.reject(new Error('nobody is called here')),
    terminal: { listen: () => {}, show: () => {} },
    terminalAlone: true,
    personName: 'ada',
    problems: () => [],
    engine: { trainer, tokenizer: createStandInTokenizer() },
  });
  return { composing, trainer };
}

test('a bot that cannot be built closes its engine, and says why it could not', async () => {
  const { composing, trainer } = compose(true);
  await expect(composing).rejects.toBe(broken);
  expect(trainer.closed()).toBe(1);
});

test('a bot that is built keeps its engine open until it is closed', async () => {
  const { composing, trainer } = compose(false);
  const bot = await composing;
  expect(trainer.closed()).toBe(0);
  await bot.close();
  expect(trainer.closed()).toBe(1);
});
