import { describe, expect, test } from 'vitest';
import type { TrainableModel } from '../../../core/ports/trainer.ts';
import type { Behaviour } from '../../fakes/tinker/behaviours.ts';
import { type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, question } from './samples.ts';

const slow: Fault = { kind: 'slow' };

/** Whether the model is lost, as its next call tells. */
async function isLost(rig: Rig, model: TrainableModel): Promise<boolean> {
  return rig.done(
    model.forward(batch, crossEntropy, never()).then(
      () => false,
      (thrown) => thrown.details.reason === 'model_lost',
    ),
  );
}

/** Stops the work and says what it ended with, without any time passing. */
async function stopped(rig: Rig, work: Promise<unknown>, stop: AbortController): Promise<string> {
  const atMs = rig.clock.monotonicMs();
  let code = 'nothing yet';
  work.then(
    () => {
      code = 'done';
    },
    (thrown) => {
      code = thrown.code;
    },
  );
  stop.abort();
  await new Promise((resolve) => setImmediate(resolve));
  expect(rig.clock.monotonicMs()).toBe(atMs);
  return code;
}

/** Only the session's next heartbeat waits. */
const expectOnlyHeartbeats = (rig: Rig): void => expect(rig.clock.waiting()).toBe(1);

describe('a training call that is stopped', () => {
  test('while it waits for its turn is not sent, and the model lives', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', slow);
      const first = model.forwardBackward(batch, crossEntropy, never());
      await rig.fake.slowHeld();
      const stop = new AbortController();
      const step = model.optimStep(adam, stop.signal);
      const meant = model.saveState('meant', never());
      meant.catch(() => undefined);
      expect(await stopped(rig, step, stop)).toBe('aborted');
      const later = model.optimStep(adam, never());
      later.catch(() => undefined);
      rig.fake.releaseSlow();
      await rig.done(first);
      expect(await rig.failure(meant)).toMatchObject({ details: { reason: 'earlier_call_failed' } });
      await rig.done(later);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(1);
      expect(await isLost(rig, model)).toBe(false);
      expectOnlyHeartbeats(rig);
    });
  });

  test('while it is submitted and taken on loses the model', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', slow);
      const stop = new AbortController();
      const step = model.optimStep(adam, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, step, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      expect(await isLost(rig, model)).toBe(true);
      await rig.rest();
      expectOnlyHeartbeats(rig);
    });
  });

  test.each([
    ['refused', httpFault(400, 'no'), false],
    ['too much', httpFault(429, 'later'), false],
    ['failed', httpFault(500, 'oh'), true],
  ])('while it is submitted and then %s', async (_, answer, lost) => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const stop = new AbortController();
      // Stopped while the engine answers.
      const stopNow = (): boolean => {
        stop.abort();
        return true;
      };
      rig.fake.failNext({ endpoint: 'optim_step', when: stopNow }, answer);
      const step = model.optimStep(adam, stop.signal);
      expect((await rig.failure(step)).code).toBe('aborted');
      expect(await isLost(rig, model)).toBe(lost);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(1);
      expectOnlyHeartbeats(rig);
    });
  });

  test.each([
    ['that took nothing on', httpFault(429, 'later'), false],
    ['that is not known', httpFault(500, 'oh'), true],
    ['for credit', httpFault(402, 'pay'), false],
  ])('while it waits after an attempt %s', async (_, fault, lost) => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', fault);
      const stop = new AbortController();
      const step = model.optimStep(adam, stop.signal);
      await rig.rest();
      expect(rig.clock.waiting()).toBe(2);
      expect(await stopped(rig, step, stop)).toBe('aborted');
      expectOnlyHeartbeats(rig);
      expect(await isLost(rig, model)).toBe(lost);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(1);
    });
  });

  test.each(['tinker', 'skyrl', 'tuft', 'mint'] as readonly Behaviour[])(
    'while %s works on it loses the model',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        rig.fake.holdFutures();
        const stop = new AbortController();
        const pass = model.forwardBackward(batch, crossEntropy, stop.signal);
        await rig.rest();
        expect(await stopped(rig, pass, stop)).toBe('aborted');
        expectOnlyHeartbeats(rig);
        rig.fake.releaseFutures();
        expect(await isLost(rig, model)).toBe(true);
      });
    },
  );

  test('at any moment after the answer to its submission leaves no failure without a listener', async () => {
    await withRig('skyrl', {}, async (rig) => {
      for (let hops = 0; hops < 40; hops += 1) {
        const model = await rig.createModel();
        const stop = new AbortController();
        rig.wire.afterAnswer('forward_backward', hops, () => stop.abort());
        const pass = model.forwardBackward(batch, crossEntropy, stop.signal);
        expect((await rig.failure(pass)).code).toBe('aborted');
        expect(await isLost(rig, model)).toBe(true);
        await rig.done(model.unload(never()));
      }
    });
  });

  test('in the middle of a poll loses the model and ends the poll', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext({ endpoint: 'retrieve_future', operation: 'optim_step' }, slow);
      const stop = new AbortController();
      const step = model.optimStep(adam, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, step, stop)).toBe('aborted');
      await rig.rest();
      expectOnlyHeartbeats(rig);
      expect(await isLost(rig, model)).toBe(true);
    });
  });

  test('between two parts of a batch loses the model, and the second part is not sent', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const many = Array.from({ length: 1_025 }, () => batch[1] ?? batch[0]).filter(
        (one) => one !== undefined,
      );
      rig.fake.failNext('forward_backward', slow);
      const stop = new AbortController();
      const pass = model.forwardBackward(many, crossEntropy, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, pass, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      expect(await isLost(rig, model)).toBe(true);
      expect(rig.fake.requestsTo('forward_backward')).toHaveLength(1);
    });
  });

  test('and changes nothing leaves the model as it is, at any stage', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', slow);
      const submitting = new AbortController();
      const first = model.saveState('a', submitting.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, first, submitting)).toBe('aborted');
      rig.fake.releaseSlow();
      await rig.rest();
      rig.fake.holdFutures();
      const polling = new AbortController();
      const second = model.forward(batch, crossEntropy, polling.signal);
      await rig.rest();
      expect(await stopped(rig, second, polling)).toBe('aborted');
      rig.fake.releaseFutures();
      expectOnlyHeartbeats(rig);
      expect(await isLost(rig, model)).toBe(false);
      await rig.done(model.optimStep(adam, never()));
      expect(await rig.done(rig.trainer.checkpoints(model.modelId, never()))).toHaveLength(1);
    });
  });

  test('an unload that is stopped is made all the same', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', slow);
      const pass = model.forward(batch, crossEntropy, never());
      await rig.fake.slowHeld();
      const stop = new AbortController();
      const unloading = model.unload(stop.signal);
      expect(await stopped(rig, unloading, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      await rig.done(pass.catch(() => undefined));
      await rig.rest();
      expect(await isLost(rig, model)).toBe(true);
    });
  });
});

describe('making a model that is stopped', () => {
  const spec = { baseModel: 'test/tiny', rank: 4 };

  test.each(['create_session', 'create_model'] as const)('while %s is under way', async (endpoint) => {
    await withRig('skyrl', {}, async (rig) => {
      rig.fake.failNext(endpoint, slow);
      const stop = new AbortController();
      const creating = rig.trainer.createModel(spec, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, creating, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      await rig.rest();
      expectOnlyHeartbeats(rig);
      const [id] = rig.fake.modelIds();
      if (id !== undefined) expect(rig.fake.model(id).isUnloaded).toBe(true);
      expect(rig.fake.requestsTo('create_model')).toHaveLength(endpoint === 'create_model' ? 1 : 0);
      await rig.createModel();
    });
  });

  test('while the engine is asked what it is', async () => {
    await withRig('tinker', {}, async (rig) => {
      rig.fake.failNext('client_config', slow);
      const stop = new AbortController();
      const creating = rig.trainer.createModel(spec, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, creating, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      await rig.createModel();
      expect(rig.fake.requestsTo('client_config')).toHaveLength(1);
    });
  });

  test('while the engine makes it gives its place back', async () => {
    await withRig('skyrl', {}, async (rig) => {
      rig.fake.holdFutures();
      const stop = new AbortController();
      const creating = rig.trainer.createModel(spec, stop.signal);
      await rig.rest();
      expect(await stopped(rig, creating, stop)).toBe('aborted');
      await rig.rest();
      rig.fake.releaseFutures();
      expectOnlyHeartbeats(rig);
      expect(rig.fake.model(rig.fake.modelIds()[0] ?? '').isUnloaded).toBe(true);
    });
  });

  test.each(['tinker', 'skyrl'] as const)('of a state at %s gives its place back', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('s', never()));
      rig.fake.failNext('load_weights', slow);
      const stop = new AbortController();
      const restoring = rig.trainer.restoreModel(path, { withOptimizer: true }, stop.signal);
      await rig.fake.slowHeld();
      expect(await stopped(rig, restoring, stop)).toBe('aborted');
      rig.fake.releaseSlow();
      await rig.pass(2_000);
      expectOnlyHeartbeats(rig);
      const [, made] = rig.fake.modelIds();
      expect(rig.fake.model(made ?? '').isUnloaded).toBe(true);
      expect(await isLost(rig, model)).toBe(false);
    });
  });

  test('of a state that cannot be loaded gives its place back', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const path = await rig.done(model.saveState('s', never()));
      rig.fake.failNext('load_weights', { kind: 'operation_fails', error: 'the file is a goose' });
      const error = await rig.failure(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
      expect(error.message).toContain('the file is a goose');
      await rig.pass(1_000);
      const [, made] = rig.fake.modelIds();
      expect(rig.fake.model(made ?? '').isUnloaded).toBe(true);
    });
  });
});

describe('a sample that is stopped', () => {
  const stages: readonly (readonly [string, (rig: Rig) => Promise<void>])[] = [
    [
      'while it is submitted',
      async (rig) => {
        rig.fake.failNext('asample', slow);
      },
    ],
    [
      'while the engine draws',
      async (rig) => {
        rig.fake.holdFutures();
      },
    ],
    [
      'after an attempt that failed',
      async (rig) => {
        rig.fake.failNext('asample', httpFault(500, 'oh'));
      },
    ],
    [
      'while the engine has too much to do',
      async (rig) => {
        rig.fake.failNext('asample', httpFault(429, 'later'));
      },
    ],
    [
      'after its result was lost',
      async (rig) => {
        rig.fake.failNext('retrieve_future', httpFault(410, 'lost'));
      },
    ],
    [
      'while it is opened again',
      async (rig) => {
        rig.fake.failNext('asample', httpFault(404, 'Sampling session not found'));
        rig.fake.failNext('create_sampling_session', slow);
      },
    ],
  ];

  test.each(stages)('%s ends at once, leaves no timer and keeps no place', async (name, prepare) => {
    await withRig(
      'tinker',
      { fake: { clientConfig: { sample_max_concurrent_requests: 1 } } },
      async (rig) => {
        const sampler = await rig.done(rig.trainer.createSampler({ baseModel: 'test/tiny' }, never()));
        await prepare(rig);
        const stop = new AbortController();
        const sampling = sampler.sample(question, stop.signal);
        const waiting = new AbortController();
        const behind = sampler.sample(question, waiting.signal);
        for (const work of [sampling, behind]) work.catch(() => undefined);
        await Promise.race([rig.rest(), rig.fake.slowHeld()]);
        // Who only waits before another attempt keeps nobody from going on.
        expect(await stopped(rig, behind, waiting)).toBe(
          name === 'after its result was lost' ? 'done' : 'aborted',
        );
        expect(await stopped(rig, sampling, stop)).toBe('aborted');
        rig.fake.releaseSlow();
        await rig.rest();
        expectOnlyHeartbeats(rig);
        rig.fake.releaseFutures();
        await rig.done(sampler.sample(question, never()));
      },
    );
  });

  test('lets a step of the same model go on', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      const sampler = await rig.done(model.currentSampler(never()));
      rig.fake.holdFutures(['sample']);
      const stop = new AbortController();
      const sampling = sampler.sample(question, stop.signal);
      await rig.rest();
      const step = model.optimStep(adam, never());
      await rig.rest();
      expect(await stopped(rig, sampling, stop)).toBe('aborted');
      await rig.done(step);
      rig.fake.releaseFutures();
    });
  });
});

describe('closing', () => {
  test('ends everything that goes on and waits, whatever it is', async () => {
    await withRig(
      'tinker',
      { fake: { clientConfig: { sample_max_concurrent_requests: 3 } } },
      async (rig) => {
        const [model, other, third] = [
          await rig.createModel(),
          await rig.createModel(),
          await rig.createModel(),
        ];
        const sampler = await rig.done(model.currentSampler(never()));
        rig.fake.holdFutures();
        rig.fake.failNext('optim_step', httpFault(429, 'later'));
        rig.fake.failNext('get_server_capabilities', httpFault(500, 'oh'));
        rig.fake.failNext('run_checkpoints', slow);
        rig.fake.failNext('forward_backward', slow, { skip: 1 });
        const works = [
          model.forwardBackward(batch, crossEntropy, never()),
          other.optimStep(adam, never()),
          other.saveState('behind', never()),
          rig.trainer.models(never()),
          rig.trainer.checkpoints(model.modelId, never()),
          rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never()),
          ...[1, 2, 3, 4, 5].map(() => sampler.sample(question, never())),
        ];
        for (const work of works) work.catch(() => undefined);
        await rig.fake.slowHeld();
        const last = third.forwardBackward(batch, crossEntropy, never());
        last.catch(() => undefined);
        await rig.fake.slowHeld(2);
        await rig.trainer.close();
        await new Promise((resolve) => setImmediate(resolve));
        expect(rig.clock.waiting()).toBe(0);
        for (const work of [...works, last]) {
          const error = await rig.failure(work);
          expect(['aborted', 'conflict']).toContain(error.code);
        }
        expect(rig.clock.waiting()).toBe(0);
        rig.fake.releaseSlow();
        await rig.rest();
        expect(rig.wire.underWay()).toBe(0);
      },
    );
  });

  test.each(['client_config', 'create_session', 'auth_token'] as const)(
    'ends %s, which nobody else could',
    async (endpoint) => {
      await withRig('tinker', { fake: { jwt: endpoint === 'auth_token' } }, async (rig) => {
        rig.fake.failNext(endpoint, slow);
        const creating = rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, never());
        creating.catch(() => undefined);
        await rig.fake.slowHeld();
        await rig.done(rig.trainer.close());
        expect((await rig.failure(creating)).code).toBe('aborted');
        expect(rig.clock.waiting()).toBe(0);
      });
    },
  );
});

describe('signals of callers', () => {
  test('keep no listener of calls that are over', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
      signal.addEventListener = (...given: Parameters<typeof add>) => {
        listeners.add(given[1]);
        add(...given);
      };
      signal.removeEventListener = (...given: Parameters<typeof remove>) => {
        listeners.delete(given[1]);
        remove(...given);
      };
      const model = await rig.done(rig.trainer.createModel({ baseModel: 'test/tiny', rank: 4 }, signal));
      rig.fake.failNext('forward_backward', httpFault(429, 'later'));
      await rig.done(model.forwardBackward(batch, crossEntropy, signal));
      await rig.done(model.optimStep(adam, signal));
      const path = await rig.done(model.saveSampler('s', signal));
      const sampler = await rig.done(rig.trainer.createSampler({ path }, signal));
      await rig.done(sampler.sample(question, signal));
      await rig.done(rig.trainer.checkpoints(model.modelId, signal));
      await rig.done(model.unload(signal));
      expect(listeners.size).toBe(0);
    });
  });
});
