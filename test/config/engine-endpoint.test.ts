import { expect, onTestFinished, test } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { composeEngineAnswers, engineModelBy } from '../../config/compose-engine.ts';
import type { LoadedSettings } from '../../config/load-settings.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { createEngineTurns } from '../../core/schedule/engine-turns.ts';
import { createStandInSampler, saying } from '../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../fakes/engine/stand-in-tokenizer.ts';
import { createStandInTrainer } from '../fakes/engine/stand-in-trainer.ts';
import { say } from '../fakes/openai/behaviours.ts';
import { startFakeOpenAi } from '../fakes/openai/fake-openai.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { mustFail, mustLoad } from './settings-folder.ts';

const path = 'tinker://run-1/sampler_weights/best';
const fields = 'profile: tuft, baseModel: tiny, tokenizer: ./tiny, answers: true';
const key = 'sk-engine';

function settings(more: string): LoadedSettings {
  return mustLoad({
    yaml: `engine: {${fields}, ${more}}\n`,
    variables: { TINKER_BASE_URL: 'http://127.0.0.1:8000', TINKER_API_KEY: key },
  });
}

const clock = createSystemClock();
const deps = {
  clock,
  ids: createSystemIds(clock),
  logger: createMemoryLogger(),
  metrics: { count: () => {}, snapshot: () => ({}) },
};

async function answerOf(model: ModelPort): Promise<string> {
  let text = '';
  const request = { messages: [{ role: 'user', text: 'Hello?' }], tools: [] } as const;
  for await (const event of model.stream(request, new AbortController().signal)) {
    if (event.type === 'text') text += event.text;
    if (event.type === 'failed') throw event.error;
  }
  return text;
}

test('by its OpenAI-compatible address the engine is asked for these weights by their path, with its own key', async () => {
  const server = await startFakeOpenAi({ models: [path, 'tiny'] });
  onTestFinished(() => server.close());
  const asked: string[] = [];
  const keys: (string | null)[] = [];
  const engine = {
    trainer: createStandInTrainer({ sampler: () => createStandInSampler(() => saying('Never.')) }),
    tokenizer: createStandInTokenizer(),
  };
  const { settings: own, secrets } = settings('endpoint: openai');
  const redirected: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    asked.push(request.url);
    keys.push(request.headers.get('authorization'));
    return fetch(request.url.replace('http://127.0.0.1:8000/oai/api/v1', server.baseUrl), init);
  };
  const model = await engineModelBy({ path }, engine, own, secrets, { ...deps, fetch: redirected });
  server.script(say('From the engine.'));
  expect(await answerOf(model)).toBe('From the engine.');
  expect(asked).toEqual(['http://127.0.0.1:8000/oai/api/v1/chat/completions']);
  expect(keys).toEqual([`Bearer ${key}`]);
  expect(server.requests[0]?.body).toMatchObject({ model: path });
  expect(engine.trainer.sources).toEqual([]);
});

test('in its own way it is sampled', async () => {
  const sampler = createStandInSampler(() => saying('Sampled.'));
  const engine = {
    trainer: createStandInTrainer({ sampler: () => sampler }),
    tokenizer: createStandInTokenizer(),
  };
  const { settings: own, secrets } = settings('endpoint: native');
  const model = await composeEngineAnswers(engine, own, secrets, {
    ...deps,
    fetch: () => Promise.reject(new TypeError('nothing is asked in this test')),
  });
  expect(await answerOf(model)).toBe('Sampled.');
  expect(engine.trainer.sources).toEqual([{ baseModel: 'tiny' }]);
});

test.each(['openai', 'native'])(
  'whoever asks it waits for a training call where it cannot do both at once: %s',
  async (way) => {
    const server = await startFakeOpenAi({ models: ['tiny'] });
    onTestFinished(() => server.close());
    server.script(say('Said.'));
    const engine = {
      trainer: createStandInTrainer({ sampler: () => createStandInSampler(() => saying('Said.')) }),
      tokenizer: createStandInTokenizer(),
    };
    const engineTurns = createEngineTurns();
    const { settings: own, secrets } = settings(`endpoint: ${way}`);
    const model = await composeEngineAnswers(engine, own, secrets, {
      ...deps,
      engineTurns,
      fetch: async (input, init) => {
        const { url } = new Request(input, init);
        return fetch(url.replace('http://127.0.0.1:8000/oai/api/v1', server.baseUrl), init);
      },
    });
    const call = Promise.withResolvers<void>();
    const training = engineTurns.train(() => call.promise, new AbortController().signal);
    await new Promise((resolve) => setImmediate(resolve));
    const answer = answerOf(model);
    await new Promise((resolve) => setImmediate(resolve));
    expect([server.requests.length, engine.trainer.sources.length]).toEqual([0, 0]);
    call.resolve();
    await training;
    expect(await answer).toBe('Said.');
  },
);

test('an engine that has no such address, and training that could learn nothing from it, are refused', () => {
  const messages = (yaml: string): readonly string[] =>
    mustFail({ yaml, variables: { TINKER_BASE_URL: 'http://127.0.0.1:8000' } }).map(
      ({ path: at, message }) => `${at} ${message}`,
    );
  const skyrl = fields.replace('tuft', 'skyrl');
  expect(messages(`engine: {${skyrl}, endpoint: openai}\n`)).toEqual([
    expect.stringMatching(/^engine\.endpoint is openai, but skyrl has no such address/),
  ]);
  expect(messages(`engine: {${fields}, endpoint: openai}\ntraining: {weights: true}\n`)).toEqual([
    expect.stringMatching(/^engine\.endpoint is openai, whose answers no weights can learn from/),
  ]);
});
