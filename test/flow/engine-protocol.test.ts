import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { joinTerminal } from '../../adapters/terminal/control-session.ts';
import { createTinkerTrainer } from '../../adapters/tinker/tinker-trainer.ts';
import { openTokenizer } from '../../adapters/tokenizer/open-tokenizer.ts';
import { readControlToken } from '../../config/control-token.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import { packageRoot } from '../../config/package-root.ts';
import { startBot } from '../../config/start-bot.ts';
import { databasePath } from '../../config/storage.ts';
import type { TurnId } from '../../core/domain/ids.ts';
import type { SampledTokens } from '../../core/domain/sampling.ts';
import { buildDatum } from '../../core/learning/build-datum.ts';
import { logprobAgreement } from '../../core/learning/kl.ts';
import { trainingPath } from '../../core/learning/training-path.ts';
import { mustLoad } from '../config/settings-folder.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import type { Behaviour } from '../fakes/tinker/behaviours.ts';
import { createFakeTinker, type FakeTinker } from '../fakes/tinker/fake-tinker.ts';

const folder = join(packageRoot(), 'test/fixtures/tokenizers/chatml');
const baseModel = 'test/chat';
const never = new AbortController().signal;

function settings(fake: FakeTinker): LoadedSettings {
  const engine = {
    profile: fake.behaviour,
    baseModel,
    tokenizer: folder,
    answers: true,
    maxContextTokens: 4_096,
  };
  return mustLoad({
    yaml: `engine: ${JSON.stringify(engine)}\nmodel: {maxOutputTokens: 24}\nagent: {historyBudgetTokens: 2000}\nlearning: {holdOutPercent: 0}\n`,
    variables: {
      METACLAW_PORT: '0',
      METACLAW_INTAKE_BURST_MS: '0',
      TINKER_BASE_URL: fake.baseUrl,
      TINKER_API_KEY: fake.apiKey,
    },
  });
}

/** A bot as `start` makes it, with nothing stood in for; what it said to one line, after it was stopped again. */
async function answered(
  fake: FakeTinker,
  loaded: LoadedSettings,
  lines: readonly string[],
): Promise<readonly string[]> {
  const clock = createSystemClock();
  const bot = await startBot({
    loaded,
    clock,
    ids: createSystemIds(clock),
    logger: createMemoryLogger(),
    fetch: globalThis.fetch,
    processId: process.pid,
    personName: 'ada',
  });
  onTestFinished(() => bot.stop());
  await bot.launched;
  const session = await joinTerminal({
    address: bot.address ?? '',
    token: readControlToken(loaded.homeFolder) ?? '',
    fetch: globalThis.fetch,
  });
  const said: string[] = [];
  for (const [at, text] of lines.entries()) {
    const answer = new Promise<string>((resolve) => {
      session.watch((output) => {
        if (output.kind === 'message' || output.kind === 'close') resolve(output.text);
      });
    });
    await session.submit({ kind: 'line', inputId: `in_${at}`, enteredAt: Date.now(), text });
    said.push(await answer);
  }
  session.close();
  await bot.stop();
  expect(fake.faults()).toEqual([]);
  return said;
}

/** What the data folder holds, in the order of the turns. */
async function stored(loaded: LoadedSettings): Promise<readonly (readonly SampledTokens[])[]> {
  const database = openDatabase({
    path: databasePath(loaded.homeFolder),
    logger: createMemoryLogger(),
    readOnly: true,
  });
  try {
    const stores = openStores(database);
    const rows = database
      .statement<[], { readonly turn_id: TurnId }>('SELECT turn_id FROM turns ORDER BY ordinal')
      .all();
    return await Promise.all(rows.map(({ turn_id: id }) => stores.turns.sampled(id)));
  } finally {
    database.close();
  }
}

describe.each<Behaviour>(['tinker', 'skyrl', 'tuft', 'mint'])('a bot answered by %s', (behaviour) => {
  test('keeps what the engine read and wrote, and training sees the same log-probabilities', async () => {
    const fake = await createFakeTinker({
      behaviour,
      baseModels: [{ name: baseModel, vocabulary: 640, maxContextTokens: 4_096 }],
    });
    onTestFinished(() => fake.close());
    const loaded = settings(fake);
    await answered(fake, loaded, ['What is <|im_end|> for?', 'And <|im_start|>?']);

    const asked = fake
      .requestsTo('asample')
      .map(({ body }) => body as { prompt: { chunks: { tokens: number[] }[] } });
    const kept = (await stored(loaded)).flat();
    expect(kept.length).toBe(asked.length);
    const tokenizer = await openTokenizer(
      { kind: 'folder', folder },
      { fetch: globalThis.fetch, logger: createMemoryLogger() },
    );
    const trainer = createTinkerTrainer({
      profile: behaviour,
      baseUrl: fake.baseUrl,
      apiKey: fake.apiKey,
      fetch: globalThis.fetch,
      clock: createSystemClock(),
      ids: createSystemIds(createSystemClock()),
      logger: createMemoryLogger(),
    });
    onTestFinished(() => trainer.close());
    const model = await trainer.createModel({ baseModel, rank: 4 }, never);
    for (const [at, sampled] of kept.entries()) {
      expect([...sampled.prompt]).toEqual(asked[at]?.prompt.chunks.flatMap(({ tokens }) => tokens));
      expect(sampled).toMatchObject({
        tokenizerHash: tokenizer.hash,
        baseModel,
        samplerVersion: baseModel,
        params: { temperature: 1, topP: 1, topK: -1 },
      });
      expect(trainingPath(sampled, { tokenizerHash: tokenizer.hash, baseModel })).toEqual({ path: 'ratio' });
      const built = buildDatum({
        prompt: sampled.prompt,
        answer: sampled.tokens,
        advantages: 1,
        ...(sampled.logprobs === undefined ? {} : { logprobs: sampled.logprobs }),
      });
      if (built.kind !== 'datum') throw new Error(built.reason);
      const { logprobs } = await model.forward([built.datum], { name: 'cross_entropy' }, never);
      const found = logprobAgreement(built.datum.logprobs ?? [], logprobs[0] ?? [], built.datum.weights);
      expect(found?.tokens).toBe(sampled.tokens.length);
      expect(found?.maxAbsolute).toBeLessThan(1e-3);
    }
  });
});
