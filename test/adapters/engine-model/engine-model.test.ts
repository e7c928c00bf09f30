import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import type { SampledAnswer } from '../../../core/domain/sampling.ts';
import { collect, plainRequest, textOf } from '../../contract/model.ts';
import { createStandInSampler, never, saying } from '../../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer, marks } from '../../fakes/engine/stand-in-tokenizer.ts';
import { createSubject, sampledOf } from './subject.ts';

const tokenizer = createStandInTokenizer();
const prompt = tokenizer.renderPrompt(plainRequest.messages, plainRequest.tools);

describe('an answer', () => {
  test('is sampled once from the prompt as it was rendered, and says exactly which ids were read and written', async () => {
    const sampler = createStandInSampler(() => saying('A light.', { thought: 'hm' }));
    const events = await createSubject(sampler).ask();
    expect(sampler.requests).toEqual([
      {
        prompt,
        count: 1,
        stopIds: [marks.end],
        params: { temperature: 1, topP: 1, topK: -1, maxTokens: 10_000 - prompt.length },
      },
    ]);
    const [given] = sampler.answers;
    expect(events).toEqual([
      { type: 'started', model: 'engine://weights/1' },
      { type: 'text', text: 'A light.' },
      {
        type: 'completed',
        finishReason: 'stop',
        usage: { inputTokens: prompt.length, outputTokens: given?.tokens.length },
        sampled: {
          prompt,
          tokens: given?.tokens,
          logprobs: given?.logprobs,
          stopReason: 'stop',
          params: sampler.requests[0]?.params,
          tokenizerHash: 'stand-in',
          baseModel: 'stand-in-base',
          samplerVersion: 'engine://weights/1',
        },
      },
    ]);
    // The ids that the sampler got and those that are kept are the same ones, not a second rendering.
    expect(sampledOf(events).prompt).toBe(sampler.requests[0]?.prompt);
  });

  test('is drawn at the temperature that a request asks for, which stays on record', async () => {
    const sampler = createStandInSampler(() => saying('yes'));
    const params = { temperature: 0.7, topP: 0.9, topK: 40 };
    const { ask } = createSubject(sampler, { params });
    await ask();
    const events = await ask({ temperature: 0, maxOutputTokens: 5 });
    expect(sampler.requests.map((request) => request.params)).toEqual([
      { ...params, maxTokens: 10_000 - prompt.length },
      { ...params, temperature: 0, maxTokens: 5 },
    ]);
    expect(sampledOf(events).params).toEqual({ ...params, temperature: 0, maxTokens: 5 });
  });

  test('may take what the context leaves, and no more', async () => {
    const sampler = createStandInSampler(() => saying('y', { isCutOff: true }));
    const { ask } = createSubject(sampler, { maxContextTokens: prompt.length + 70 });
    const events = await ask({ maxOutputTokens: 5_000 });
    expect(sampler.requests[0]?.params.maxTokens).toBe(70);
    expect(events.at(-1)).toMatchObject({
      type: 'completed',
      finishReason: 'length',
      sampled: { stopReason: 'length' },
    });
  });

  test('needs no more room than was asked for', async () => {
    const sampler = createStandInSampler(() => saying('y'));
    const { ask } = createSubject(sampler, { maxContextTokens: prompt.length + 3 });
    await ask({ maxOutputTokens: 3 });
    expect(sampler.requests[0]?.params.maxTokens).toBe(3);
  });

  test('that calls tools while it is cut off ends as cut off', async () => {
    const calls = [{ name: 'lookup', argumentsJson: '{}' }];
    const sampler = createStandInSampler(() => ({ ...saying('', { calls, isCutOff: true }) }));
    expect((await createSubject(sampler).ask()).map((event) => event.type)).toEqual([
      'started',
      'tool_call',
      'completed',
    ]);
    expect((await createSubject(sampler).ask()).at(-1)).toMatchObject({ finishReason: 'length' });
  });

  test.each([
    ['ends at once', saying(''), { code: 'bad_reply', retryable: false }],
    [
      'only thinks',
      saying('', { thought: 'and thinks', isCutOff: true }),
      { code: 'bad_reply', retryable: false, details: { reason: 'length' } },
    ],
  ])('that %s is a failure that says so', async (_, answer, error) => {
    const events = await createSubject(createStandInSampler(() => answer)).ask();
    expect(events.map((event) => event.type)).toEqual(['started', 'failed']);
    expect(events.at(-1)).toMatchObject({ error });
  });

  test('is nothing where the engine sent none', async () => {
    const sampler = { ...createStandInSampler(() => saying('x')), sample: async () => [] };
    expect((await createSubject(sampler).ask()).at(-1)).toMatchObject({ error: { code: 'bad_reply' } });
  });
});

describe('log-probabilities', () => {
  const whole = saying('yes');
  const changed = (change: (logprobs: number[]) => void): SampledAnswer => {
    const logprobs = [...(whole.logprobs ?? [])];
    change(logprobs);
    return { ...whole, logprobs: Float32Array.from(logprobs) };
  };

  test.each([
    ['one too few', changed((all) => all.pop()), 'wrong_length'],
    ['one too many', changed((all) => all.push(-1)), 'wrong_length'],
    ['NaN', changed((all) => all.splice(1, 1, Number.NaN)), 'not_finite'],
    ['−∞', changed((all) => all.splice(0, 1, Number.NEGATIVE_INFINITY)), 'not_finite'],
  ])('that cannot be right are left out with a warning: %s', async (_, answer, reason) => {
    const { ask, logger } = createSubject(createStandInSampler(() => answer));
    const sampled = sampledOf(await ask());
    expect(sampled).not.toHaveProperty('logprobs');
    expect(sampled.tokens).toEqual(whole.tokens);
    expect(logger.of('engine_logprobs_unusable')).toMatchObject([
      { level: 'warn', fields: { reason, sampler: 'engine://weights/1' } },
    ]);
  });

  test('that an engine does not give stay absent, without a warning', async () => {
    const { logprobs, ...without } = whole;
    const { ask, logger } = createSubject(createStandInSampler(() => without));
    expect(sampledOf(await ask())).not.toHaveProperty('logprobs');
    expect(logger.entries).toEqual([]);
    expect(logprobs).toHaveLength(whole.tokens.length);
  });
});

describe('the weights', () => {
  test('an answer under way ends on those that it began with, the next gets others', async () => {
    const release = Promise.withResolvers<void>();
    const old = createStandInSampler(async () => {
      await release.promise;
      return saying('old');
    });
    const fresh = createStandInSampler(() => saying('new'), { version: 'engine://weights/2' });
    let current = old;
    const { ask } = createSubject(old, { currentSampler: async () => current });
    const first = ask();
    await new Promise((resolve) => setImmediate(resolve));
    current = fresh;
    const second = await ask();
    release.resolve();
    expect([textOf(await first), sampledOf(await first).samplerVersion]).toEqual([
      'old',
      'engine://weights/1',
    ]);
    expect([textOf(second), sampledOf(second).samplerVersion]).toEqual(['new', 'engine://weights/2']);
  });

  test.each(['not_found', 'conflict'] as const)(
    'that the engine lost (%s) are told of, and asking again may succeed',
    async (code) => {
      const sampler = createStandInSampler(() => Promise.reject(new AppError(code, 'No such sampler.')));
      const lost: unknown[] = [];
      const { ask } = createSubject(sampler, { samplerLost: (one) => lost.push(one) });
      expect((await ask()).at(-1)).toMatchObject({ error: { code: 'peer_failed', retryable: true } });
      expect(lost).toEqual([sampler]);
    },
  );

  test('any other failure is passed on as it is, and loses nothing', async () => {
    const refusal = new AppError('rate_limited', 'Slower.', { retryable: true });
    const lost: unknown[] = [];
    const { ask } = createSubject(
      createStandInSampler(() => Promise.reject(refusal)),
      { samplerLost: (one) => lost.push(one) },
    );
    expect((await ask()).at(-1)).toEqual({ type: 'failed', error: refusal });
    expect(lost).toEqual([]);
  });

  test('that cannot be set up are a failure before the start', async () => {
    const refusal = new AppError('auth_failed', 'The key is refused.');
    const { ask } = createSubject(
      createStandInSampler(() => saying('x')),
      { currentSampler: () => Promise.reject(refusal) },
    );
    expect(await ask()).toEqual([{ type: 'failed', error: refusal }]);
  });
});

describe('time and faults', () => {
  test('an answer that takes too long is given up, and the engine is told', async () => {
    const heard: boolean[] = [];
    const sampler = createStandInSampler((_, signal) => {
      signal.addEventListener('abort', () => heard.push(true));
      return never(signal);
    });
    const { model, clock } = createSubject(sampler, { timeoutMs: 5_000 });
    const events = collect(model.stream(plainRequest, new AbortController().signal));
    await clock.advance(4_999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect((await events).at(-1)).toMatchObject({
      error: { code: 'timeout', retryable: true, details: { timeoutMs: 5_000 } },
    });
    expect(heard).toEqual([true]);
    expect(clock.waiting()).toBe(0);
  });

  test('setting the weights up counts, too, and hangs nobody', async () => {
    const { model, clock } = createSubject(
      createStandInSampler(() => saying('x')),
      { currentSampler: () => new Promise(() => {}), timeoutMs: 5_000 },
    );
    const events = collect(model.stream(plainRequest, new AbortController().signal));
    await clock.advance(5_000);
    expect(await events).toMatchObject([{ type: 'failed', error: { code: 'timeout' } }]);
  });

  test('what a template refuses is said in its words; a fault of ours in a sentence, and logged', async () => {
    const refusal = new AppError('invalid_input', 'The template takes no system message.');
    const sampler = createStandInSampler(() => saying('x'));
    const failing = (thrown: unknown) =>
      createSubject(sampler, {
        tokenizer: {
          ...tokenizer,
          renderPrompt: () => {
            throw thrown;
          },
        },
      });
    expect(await failing(refusal).ask()).toEqual([{ type: 'failed', error: refusal }]);
    const { ask, logger } = failing(new TypeError('x is undefined'));
    expect(await ask()).toMatchObject([{ type: 'failed', error: { code: 'internal' } }]);
    expect(logger.of('engine_answer_failed')).toHaveLength(1);
    expect(sampler.requests).toEqual([]);
  });
});
