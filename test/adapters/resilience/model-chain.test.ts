import { describe, expect, test, vi } from 'vitest';
import { createModelChain } from '../../../adapters/resilience/model-chain.ts';
import type { ModelChainOptions } from '../../../adapters/resilience/options.ts';
import { createMetrics } from '../../../adapters/system/metrics.ts';
import { AppError, type AppErrorOptions, type ErrorCode } from '../../../core/domain/app-error.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import type { Metrics } from '../../../core/ports/metrics.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import {
  collect,
  expectWellFormed,
  type ModelBehaviour,
  modelContract,
  plainRequest,
  textOf,
} from '../../contract/model.ts';
import {
  answer,
  callTools,
  createScriptedModel,
  failWith,
  hold,
  type ScriptedModel,
  type ScriptedStep,
} from '../../fakes/model/scripted-model.ts';
import { createFakeClock, type FakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';

const failure = (code: ErrorCode, options: AppErrorOptions = {}): AppError =>
  new AppError(code, `It failed with ${code}.`, options);
const passing = (code: ErrorCode = 'peer_failed', retryAfterMs?: number): AppError =>
  failure(code, { retryable: true, ...(retryAfterMs !== undefined && { retryAfterMs }) });

interface Subject {
  readonly chain: ModelPort;
  readonly models: readonly ScriptedModel[];
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly metrics: Metrics;
  /** Asks once, moving the clock on through every wait. */
  ask(signal?: AbortSignal): Promise<readonly ModelEvent[]>;
}

function chainOf(
  scripts: readonly (readonly ScriptedStep[])[],
  options: Partial<ModelChainOptions> = {},
): Subject {
  const models = scripts.map((steps, index) =>
    createScriptedModel(steps, { name: ['first', 'second', 'third'][index] ?? 'more' }),
  );
  const clock = createFakeClock();
  const logger = createMemoryLogger();
  const metrics = createMetrics();
  const chain = createModelChain({ models, clock, logger, metrics, ...options });
  return {
    chain,
    models,
    clock,
    logger,
    metrics,
    async ask(signal = new AbortController().signal) {
      let done = false;
      const events = collect(chain.stream(plainRequest, signal)).finally(() => {
        done = true;
      });
      while (!done) await clock.advance(clock.waiting() > 0 ? 1_000 : 0);
      expectWellFormed(await events);
      return await events;
    },
  };
}

const contractScripts: Readonly<Record<ModelBehaviour, readonly ScriptedStep[]>> = {
  answers: [failWith(passing()), answer('A light', ' that warns.')],
  calls_tools: [
    callTools([
      { id: 'a', name: 'lookup', argumentsJson: '{"word":"lamp"}' },
      { id: 'b', name: 'lookup', argumentsJson: '{"word":"fog"}' },
    ]),
  ],
  fails_before_text: [failWith(failure('auth_failed'))],
  fails_after_text: [failWith(passing(), 'half')],
  hangs_before_text: [hold()],
  hangs_after_text: [hold(['half'])],
};

modelContract({
  name: 'chain of models',
  async create(behaviour) {
    const { chain, models, clock } = chainOf([contractScripts[behaviour]], {
      retry: { initialDelayMs: 0, maxDelayMs: 0 },
      clock: { ...createFakeClock(), sleep: async () => undefined },
    });
    return {
      model: chain,
      async idle() {
        for (const model of models) await model.idle();
        if (clock.waiting() > 0) throw new Error('a timer is left behind');
      },
      close: async () => undefined,
    };
  },
});

describe('retries', () => {
  test('before the first word, with growing waits, and the failures are not seen', async () => {
    const { ask, models, logger, metrics } = chainOf([
      [failWith(passing()), failWith(passing('network')), answer('at last')],
    ]);
    expect(await ask()).toEqual([
      { type: 'started', model: 'first' },
      { type: 'text', text: 'at last' },
      { type: 'completed', finishReason: 'stop' },
    ]);
    models[0]?.assertComplete();
    const waits = logger.of('model_retry').map((entry) => Number(entry.fields['delayMs']));
    expect(waits).toHaveLength(2);
    expect(waits[0]).toBeGreaterThanOrEqual(250);
    expect(waits[0]).toBeLessThanOrEqual(500);
    expect(waits[1]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeLessThanOrEqual(1_000);
    expect(metrics.snapshot()).toMatchObject({
      'model_attempts_total{model=first (scripted)}': 3,
      'model_retries_total{model=first (scripted)}': 2,
      'model_answers_total{model=first (scripted)}': 1,
    });
  });

  test('a model that began but said nothing yet is tried again, and `started` comes once', async () => {
    let calls = 0;
    const hesitant: ModelPort = {
      description: 'hesitant',
      async *stream() {
        calls += 1;
        yield { type: 'started', model: 'hesitant' };
        if (calls === 1) {
          yield { type: 'failed', error: passing() };
          return;
        }
        yield { type: 'text', text: 'now' };
        yield { type: 'completed', finishReason: 'stop' };
      },
    };
    const { ask } = chainOf([], { models: [hesitant] });
    expect((await ask()).map((event) => event.type)).toEqual(['started', 'text', 'completed']);
    expect(calls).toBe(2);
  });

  test('never more than the attempts', async () => {
    const { ask, models } = chainOf([[failWith(passing()), failWith(passing())]], { retry: { attempts: 2 } });
    expect(await ask()).toMatchObject([{ type: 'failed', error: { code: 'peer_failed' } }]);
    models[0]?.assertComplete();
  });

  test('waits at least as long as the server asks', async () => {
    const { ask, logger } = chainOf([[failWith(passing('rate_limited', 9_000)), answer('ok')]]);
    expect(textOf(await ask())).toBe('ok');
    expect(logger.of('model_retry')[0]?.fields).toMatchObject({ delayMs: 9_000, code: 'rate_limited' });
  });

  test('does not wait when the server asks for too long: the next model answers, or the wait is told', async () => {
    const two = chainOf([[failWith(passing('rate_limited', 60_000))], [answer('from the second')]]);
    expect(textOf(await two.ask())).toBe('from the second');
    expect(two.logger.of('model_retry')).toEqual([]);
    const one = chainOf([[failWith(passing('rate_limited', 60_000))]]);
    expect(await one.ask()).toMatchObject([{ error: { code: 'rate_limited', retryAfterMs: 60_000 } }]);
  });

  test.each(['auth_failed', 'refused_by_peer', 'bad_reply'] as const)(
    '%s that does not pass is not tried again',
    async (code) => {
      const { ask, models } = chainOf([[failWith(failure(code))]]);
      expect(await ask()).toMatchObject([{ type: 'failed', error: { code } }]);
      models[0]?.assertComplete();
    },
  );

  test('a timeout is not tried again on the same model', async () => {
    const { ask, models } = chainOf([[failWith(passing('timeout'))], [answer('quicker')]]);
    expect(textOf(await ask())).toBe('quicker');
    for (const model of models) model.assertComplete();
  });

  test('after the first word a failure is passed on', async () => {
    const { ask, models } = chainOf([[failWith(passing(), 'half')], [answer('never asked')]]);
    const events = await ask();
    expect(textOf(events)).toBe('half');
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'peer_failed' } });
    expect(models[1]?.requests).toEqual([]);
  });

  test('after the first tool call a failure is passed on', async () => {
    const call = { id: 'a', name: 'lookup', argumentsJson: '{}' };
    const { ask, models } = chainOf([
      [
        [
          { do: 'tool_call', call },
          { do: 'fail', error: passing() },
        ],
      ],
      [answer('never asked')],
    ]);
    expect((await ask()).map((event) => event.type)).toEqual(['started', 'tool_call', 'failed']);
    expect(models[1]?.requests).toEqual([]);
  });

  test('an abort ends the wait between attempts', async () => {
    const { chain, models, clock, logger } = chainOf([[failWith(passing())], [answer('never asked')]]);
    const controller = new AbortController();
    const events = collect(chain.stream(plainRequest, controller.signal));
    await vi.waitUntil(() => logger.of('model_retry').length === 1);
    controller.abort();
    expect(await events).toMatchObject([{ type: 'failed', error: { code: 'aborted' } }]);
    expect(models.map((model) => model.requests.length)).toEqual([1, 0]);
    expect(clock.waiting()).toBe(0);
  });
});

describe('fallbacks', () => {
  test.each(['auth_failed', 'refused_by_peer', 'bad_reply', 'internal'] as const)(
    '%s goes on to the next model, which is named',
    async (code) => {
      const { ask, logger, metrics } = chainOf([[failWith(failure(code))], [answer('from the second')]]);
      expect((await ask())[0]).toEqual({ type: 'started', model: 'second' });
      expect(logger.of('model_gave_up')[0]?.fields).toMatchObject({
        model: 'first (scripted)',
        next: 'second (scripted)',
        error: { code },
      });
      expect(logger.of('model_fallback_answers')).toHaveLength(1);
      expect(metrics.snapshot()).toMatchObject({
        [`model_failures_total{model=first (scripted),code=${code}}`]: 1,
        'model_answers_total{model=second (scripted)}': 1,
      });
    },
  );

  test('an abort never falls to the next model', async () => {
    const { chain, models } = chainOf([[hold()], [answer('never asked')]]);
    const controller = new AbortController();
    const events = collect(chain.stream(plainRequest, controller.signal));
    await models[0]?.held();
    controller.abort();
    expect(await events).toMatchObject([{ type: 'failed', error: { code: 'aborted' } }]);
    expect(models[1]?.requests).toEqual([]);
  });

  test('when all fail, a failure that may pass is told before one that will not', async () => {
    const { ask } = chainOf([
      [failWith(passing('rate_limited', 60_000))],
      [failWith(failure('auth_failed'))],
    ]);
    expect(await ask()).toMatchObject([
      { type: 'failed', error: { code: 'rate_limited', retryAfterMs: 60_000 } },
    ]);
    const hopeless = chainOf([[failWith(failure('auth_failed'))], [failWith(failure('refused_by_peer'))]]);
    expect(await hopeless.ask()).toMatchObject([{ type: 'failed', error: { code: 'refused_by_peer' } }]);
  });

  test('a model that throws or ends without a word is a failure like another', async () => {
    const thrower: ModelPort = {
      description: 'thrower',
      // biome-ignore lint/correctness/useYield: it throws before it yields
      async *stream() {
        throw new Error('bug');
      },
    };
    const ender: ModelPort = {
      description: 'ender',
      async *stream() {
        yield { type: 'started', model: 'ender' };
      },
    };
    const good = createScriptedModel([answer('fine')]);
    const { ask, logger } = chainOf([], { models: [thrower, ender, good] });
    expect(textOf(await ask())).toBe('fine');
    expect(logger.of('model_gave_up').map((entry) => entry.fields['model'])).toEqual(['thrower', 'ender']);
  });

  test('a chain needs a model and says what it holds', () => {
    expect(() => chainOf([])).toThrow(expect.objectContaining({ code: 'config_invalid' }));
    expect(chainOf([[], []]).chain.description).toBe('first (scripted), then second (scripted)');
  });
});

describe('breaker', () => {
  const settings = { retry: { attempts: 1 }, breaker: { failures: 2, restMs: 30_000 } };

  test('leaves a failing model alone, tries it again after its rest, and trusts it again', async () => {
    const bad = failWith(passing());
    const { ask, models, logger, clock } = chainOf(
      [
        [bad, bad, bad, answer('well again'), answer('still well')],
        Array.from({ length: 4 }, () => answer('second')),
      ],
      settings,
    );
    expect(textOf(await ask())).toBe('second');
    expect(textOf(await ask())).toBe('second');
    expect(logger.of('model_rests')).toHaveLength(1);
    // Resting: not even asked.
    expect(textOf(await ask())).toBe('second');
    expect(models[0]?.requests).toHaveLength(2);
    // One call tries it again; it fails, so it rests again at once.
    await clock.advance(30_000);
    expect(textOf(await ask())).toBe('second');
    expect(models[0]?.requests).toHaveLength(3);
    await clock.advance(30_000);
    expect(textOf(await ask())).toBe('well again');
    expect(logger.of('model_recovered')).toHaveLength(1);
    expect(textOf(await ask())).toBe('still well');
    for (const model of models) model.assertComplete();
  });

  test('while one call tries a rested model, others go on to the next', async () => {
    const { chain, ask, models, clock } = chainOf(
      [
        [failWith(passing()), failWith(passing()), hold([], ['well again'])],
        [answer('second'), answer('second'), answer('not kept waiting')],
      ],
      settings,
    );
    await ask();
    await ask();
    await clock.advance(30_000);
    const probe = collect(chain.stream(plainRequest, new AbortController().signal));
    await models[0]?.held();
    expect(textOf(await ask())).toBe('not kept waiting');
    models[0]?.release();
    expect(textOf(await probe)).toBe('well again');
  });

  test('a lone model that rests says so at once and may be asked again', async () => {
    const { ask, models } = chainOf([[failWith(passing()), failWith(passing())]], settings);
    await ask();
    await ask();
    expect(await ask()).toMatchObject([
      { type: 'failed', error: { code: 'peer_failed', retryable: true, details: { reason: 'resting' } } },
    ]);
    models[0]?.assertComplete();
  });

  test('a wall clock that jumps back does not lengthen the rest, nor one that jumps on shorten it', async () => {
    const { ask, models, clock } = chainOf(
      [[failWith(passing()), failWith(passing()), answer('well again')]],
      settings,
    );
    await ask();
    await ask();
    clock.jump(3_600_000);
    expect(await ask()).toMatchObject([{ type: 'failed', error: { details: { reason: 'resting' } } }]);
    clock.jump(-7_200_000);
    await clock.advance(30_000);
    expect(textOf(await ask())).toBe('well again');
    models[0]?.assertComplete();
  });

  test('a key that is refused is still named while the model rests', async () => {
    const refused = failWith(failure('auth_failed'));
    const { ask, models } = chainOf([[refused, refused]], settings);
    for (let turn = 0; turn < 4; turn += 1) {
      expect(await ask()).toMatchObject([
        { type: 'failed', error: { code: 'auth_failed', retryable: false } },
      ]);
    }
    models[0]?.assertComplete();
  });

  test('what one request did wrong does not count against the model', async () => {
    const wrong = failWith(failure('refused_by_peer'));
    const { ask, models, logger } = chainOf([[wrong, wrong, wrong, answer('ok')]], settings);
    for (let turn = 0; turn < 3; turn += 1) await ask();
    expect(textOf(await ask())).toBe('ok');
    expect(logger.of('model_rests')).toEqual([]);
    models[0]?.assertComplete();
  });

  test('retries stop when the model begins to rest', async () => {
    const { ask, models } = chainOf([[failWith(passing()), failWith(passing())], [answer('second')]], {
      retry: { attempts: 5 },
      breaker: { failures: 2, restMs: 30_000 },
    });
    expect(textOf(await ask())).toBe('second');
    for (const model of models) model.assertComplete();
  });
});
