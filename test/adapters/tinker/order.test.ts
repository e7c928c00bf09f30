import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRefusedCalls } from '../../../adapters/tinker/refused-calls.ts';
import { createSerialQueue } from '../../../adapters/tinker/serial-queue.ts';
import type { Loss } from '../../../core/domain/datum.ts';
import type { TrainableModel } from '../../../core/ports/trainer.ts';
import type { Behaviour } from '../../fakes/tinker/behaviours.ts';
import { type Fault, httpFault } from '../../fakes/tinker/fault-plan.ts';
import { never, type Rig, withRig } from './rig.ts';
import { adam, batch, crossEntropy, datum } from './samples.ts';

const all = ['tinker', 'skyrl', 'tuft', 'mint'] as const;
const sequenced = ['forward', 'forward_backward', 'optim_step', 'save_weights', 'save_weights_for_sampler'];

/** What of the model's sequence the engine was sent: endpoint and place. */
function sequence(rig: Rig): readonly (readonly [string, number])[] {
  return rig.fake.requests
    .filter(({ endpoint }) => sequenced.includes(endpoint))
    .map(({ endpoint, body }) => [endpoint, Number(Object(body).seq_id ?? Object(body).seqId)] as const);
}

const seqs = (rig: Rig): readonly number[] => sequence(rig).map(([, seq]) => seq);

const pass = (model: TrainableModel, data = batch, loss: Loss = crossEntropy) =>
  model.forwardBackward(data, loss, never());
const step = (model: TrainableModel) => model.optimStep(adam, never());

/** Taken hold of at once, so that no rejection is ever without a listener. */
const codesOf = (rig: Rig, works: readonly Promise<unknown>[]): Promise<readonly string[]> =>
  rig.done(
    Promise.all(
      works.map((work) =>
        work.then(
          () => 'done',
          (thrown) => [thrown.code, thrown.details.reason].filter(Boolean).join(' '),
        ),
      ),
    ),
  );

const lost = 'conflict model_lost';
const barred = 'conflict earlier_call_failed';

describe('calls of one model', () => {
  test.each(all)('reach %s in the order in which they were made, with places in a row', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      const slow: Fault[] = [
        httpFault(429, 'x'),
        httpFault(503, 'x'),
        httpFault(429, 'x', { 'retry-after': '20' }),
      ];
      for (const [at, fault] of slow.entries())
        rig.fake.failNext(sequenced[at + 1] ?? '', fault, { skip: at });
      const calls = [
        model.forward(batch, crossEntropy, never()),
        pass(model),
        step(model),
        model.saveState('a', never()),
        pass(model),
        pass(model),
        step(model),
        model.saveSampler('b', never()),
        model.currentSampler(never()),
        step(model),
        model.saveState('c', never()),
        model.saveState('d', never()),
        model.saveState('e', never()),
      ];
      const codes = await codesOf(rig, calls);
      expect(codes).toEqual(calls.map(() => 'done'));
      const taken = sequence(rig).filter((one, at, list) => list[at + 1]?.join() !== one.join());
      expect(taken.map(([, seq]) => seq)).toEqual(calls.map((_, at) => at + 1));
      const names = rig.fake.requestsTo('save_weights').map(({ body }) => Object(body).path);
      expect([...new Set(names)]).toEqual(['a', 'c', 'd', 'e']);
    });
  });

  test('stay in order whatever delays and faults each of them meets', async () => {
    const fault = fc.constantFrom<Fault>(
      httpFault(429, 'x'),
      httpFault(500, 'x'),
      { kind: 'reset', when: 'before' },
      { kind: 'reset', when: 'after' },
      { kind: 'cut_body' },
    );
    const plan = fc.array(fc.tuple(fc.nat(9), fault), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(plan, async (faults) => {
        await withRig('tinker', {}, async (rig) => {
          const [steady, shaken] = [await rig.createModel(), await rig.createModel()];
          const run = (model: TrainableModel) =>
            Array.from({ length: 5 }, (_, at) => [
              pass(model, [datum([at, at + 1, at + 2])]),
              step(model),
            ]).flat();
          await rig.done(Promise.all(run(steady)));
          for (const [, one] of faults) {
            rig.fake.failNext({ when: ({ endpoint }) => sequenced.includes(endpoint) }, one);
          }
          await rig.done(Promise.all(run(shaken)));
          expect(rig.fake.model(shaken.modelId).weights).toEqual(rig.fake.model(steady.modelId).weights);
        });
      }),
      { numRuns: 12 },
    );
  });

  test.each(all)(
    'are submitted to %s before the results of those before are asked for',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        rig.fake.holdFutures();
        const works = [pass(model), step(model), model.saveState('s', never())];
        for (const work of works) work.catch(() => undefined);
        await rig.rest();
        expect(rig.fake.waitingFutures()).toBe(3);
        expect(seqs(rig)).toEqual([1, 2, 3]);
        await rig.pass(60_000);
        rig.fake.releaseFutures();
        await rig.done(Promise.all(works));
        expect(rig.fake.model(model.modelId).steps).toBe(1);
      });
    },
  );

  test('of two models do not wait for each other', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const [one, other] = [await rig.createModel(), await rig.createModel(5)];
      rig.fake.failNext('forward_backward', { kind: 'slow' });
      const slow = pass(one);
      await rig.fake.slowHeld();
      const codes = Promise.all([pass(other), step(other)]);
      await codes;
      expect(rig.fake.model(other.modelId).steps).toBe(1);
      rig.fake.releaseSlow();
      await rig.done(slow);
    });
  });
});

describe('a batch that is too large for one submission', () => {
  const many = Array.from({ length: 2_049 }, (_, at) => datum([at % 64, (at * 7) % 64]));

  test.each(all)('goes to %s in parts, in order, and comes back whole', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const [model, other] = [await rig.createModel(), await rig.createModel()];
      const { logprobs, metrics } = await rig.done(pass(model, many));
      expect(seqs(rig)).toEqual([1, 2, 3]);
      expect(logprobs).toHaveLength(many.length);
      expect(rig.fake.model(model.modelId).pendingDatums).toBe(many.length);
      const sizes = rig.fake.requestsTo('forward_backward').map(({ body }) => Object(body).data.length);
      expect(sizes).toEqual([1_024, 1_024, 1]);
      for (const at of [0, 1_023, 1_024, 2_048]) {
        const [alone] = (await rig.done(other.forward(many.slice(at, at + 1), crossEntropy, never())))
          .logprobs;
        expect(logprobs[at]).toEqual(alone);
      }
      if (rig.trainer.facts.lossReduction === 'sum') {
        const total = logprobs.reduce((sum, [first = 0]) => sum - first, 0);
        expect(metrics['loss:sum']).toBeCloseTo(total, 3);
      }
    });
  });

  test('that was taken on in part loses the model', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', httpFault(400, 'enough'), { skip: 1 });
      expect(await codesOf(rig, [pass(model, many), step(model)])).toEqual(['invalid_input', lost]);
      expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
    });
  });

  test('one part of which fails loses the model, and no poll is left', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', { kind: 'operation_fails', error: 'no' });
      rig.fake.failNext(
        { endpoint: 'retrieve_future', operation: 'forward_backward' },
        { kind: 'slow' },
        { skip: 1 },
      );
      expect(await codesOf(rig, [pass(model, many)])).toEqual(['refused_by_peer']);
      await rig.rest();
      rig.fake.releaseSlow();
      await rig.rest();
      expect(rig.clock.waiting()).toBe(1);
      expect(await codesOf(rig, [step(model)])).toEqual([lost]);
    });
  });
});

describe('a call that was refused', () => {
  const refusing = httpFault(422, 'no such loss');

  test.each(all)(
    'by %s is not followed by those that were made before it was known; later ones are',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        const countsRefused = behaviour === 'tinker' || behaviour === 'mint';
        if (countsRefused) {
          // Of its own accord, so that it counts the place as taken.
          const wrong = [{ ...datum([1, 2, 3]), targets: Int32Array.of(2, 999) }];
          expect(await codesOf(rig, [pass(model, wrong), step(model), step(model)])).toEqual([
            'invalid_input',
            barred,
            barred,
          ]);
        } else {
          rig.fake.failNext('forward_backward', refusing);
          expect(await codesOf(rig, [pass(model), step(model), step(model)])).toEqual([
            'invalid_input',
            barred,
            barred,
          ]);
        }
        expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
        expect(await codesOf(rig, [pass(model), step(model), model.saveState('s', never())])).toEqual([
          'done',
          'done',
          'done',
        ]);
        const first = countsRefused ? 2 : 1;
        expect(seqs(rig)).toEqual([1, first, first + 1, first + 2]);
        expect(rig.fake.model(model.modelId).steps).toBe(1);
      });
    },
  );

  test('leaves calls made before it alone', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', httpFault(422, 'no'), { skip: 1 });
      const works = [pass(model), step(model), pass(model), step(model)];
      expect(await codesOf(rig, works)).toEqual(['done', 'done', 'invalid_input', barred]);
      expect(rig.fake.model(model.modelId).steps).toBe(1);
    });
  });

  test('a save that was refused keeps nobody from going on', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', httpFault(422, 'no'));
      const works = [model.saveState('s', never()), pass(model), step(model)];
      expect(await codesOf(rig, works)).toEqual(['invalid_input', 'done', 'done']);
    });
  });

  test.each(all)('because %s does not know the model any more loses it', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', httpFault(404, 'Model not found'));
      expect(await codesOf(rig, [step(model)])).toEqual(['not_found']);
      expect(await codesOf(rig, [step(model), model.forward(batch, crossEntropy, never())])).toEqual([
        lost,
        lost,
      ]);
    });
  });

  test('because its place is taken loses the model', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', httpFault(409, 'Training request sequence number was reused'));
      expect(await codesOf(rig, [step(model), step(model)])).toEqual(['conflict', lost]);
    });
  });
});

describe('a call that nobody knows the fate of', () => {
  test.each([
    ['skyrl', { kind: 'reset', when: 'before' }],
    ['skyrl', { kind: 'reset', when: 'after' }],
    ['skyrl', httpFault(500, 'x')],
    ['tinker', { kind: 'reset', when: 'after' }],
    ['tinker', httpFault(502, 'x')],
  ] as readonly (readonly [Behaviour, Fault])[])(
    'is made again to %s, which knows it',
    async (behaviour, fault) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        rig.fake.failNext('forward_backward', fault);
        rig.fake.failNext('optim_step', fault);
        expect(await codesOf(rig, [pass(model), step(model)])).toEqual(['done', 'done']);
        expect(seqs(rig)).toEqual([1, 1, 2, 2]);
        expect(rig.fake.model(model.modelId).steps).toBe(1);
      });
    },
  );

  test.each([
    ['tuft', { kind: 'reset', when: 'before' }, 'network'],
    ['tuft', { kind: 'reset', when: 'after' }, 'network'],
    ['mint', httpFault(500, 'x'), 'peer_failed'],
    ['mint', httpFault(500, 'x', { 'x-should-retry': 'false' }), 'peer_failed'],
    ['mint', { kind: 'malformed' }, 'bad_reply'],
  ] as readonly (readonly [Behaviour, Fault, string])[])(
    'loses the model on %s, which would do it twice',
    async (behaviour, fault, code) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        rig.fake.failNext('forward_backward', fault);
        const works = [pass(model), step(model), model.saveState('s', never())];
        expect(await codesOf(rig, works)).toEqual([code, lost, lost]);
        expect(rig.fake.requestsTo('forward_backward')).toHaveLength(1);
        expect(rig.fake.requestsTo('optim_step')).toHaveLength(0);
        expect(await codesOf(rig, [step(model)])).toEqual([lost]);
      });
    },
  );

  test('when the window is over loses the model', async () => {
    await withRig('skyrl', { client: { timings: { retryWindowMs: 2_000 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('optim_step', { kind: 'reset', when: 'after' }, { times: 3 });
      expect(await codesOf(rig, [step(model), step(model)])).toEqual(['network', lost]);
    });
  });

  test('that changes nothing leaves a gap where gaps do no harm', async () => {
    await withRig('skyrl', { client: { timings: { retryWindowMs: 0 } } }, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('forward_backward', { kind: 'reset', when: 'after' });
      const works = [model.forward(batch, crossEntropy, never()), pass(model), step(model)];
      expect(await codesOf(rig, works)).toEqual(['network', 'done', 'done']);
      expect(seqs(rig)).toEqual([1, 2, 3]);
    });
  });
});

describe('a call that was taken on and failed', () => {
  const words = { kind: 'operation_fails', error: 'out of memory' } as const;

  test.each(all)('on %s loses the model; it is restored from its checkpoint', async (behaviour) => {
    await withRig(behaviour, {}, async (rig) => {
      const model = await rig.createModel();
      expect(await codesOf(rig, [pass(model), step(model)])).toEqual(['done', 'done']);
      const path = await rig.done(model.saveState('s', never()));
      const saved = rig.fake.model(model.modelId).weights;
      rig.fake.failNext('forward_backward', words);
      const [code] = await codesOf(rig, [pass(model)]);
      expect(['refused_by_peer', 'peer_failed']).toContain(code);
      const later = [pass(model), step(model), model.saveState('t', never()), model.currentSampler(never())];
      expect(await codesOf(rig, later)).toEqual([lost, lost, lost, lost]);
      const again = await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
      expect(rig.fake.model(again.modelId).weights).toEqual(saved);
      expect(await codesOf(rig, [pass(again), step(again)])).toEqual(['done', 'done']);
    });
  });

  test('and was followed by others tells each its own', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures();
      rig.fake.failNext('forward_backward', words);
      const works = [pass(model), step(model)];
      const codes = codesOf(rig, works);
      await rig.rest();
      rig.fake.releaseFutures();
      expect(await codes).toEqual(['refused_by_peer', 'done']);
      expect(await codesOf(rig, [step(model)])).toEqual([lost]);
    });
  });

  test.each(all)(
    'and changes nothing on %s leaves the model and its order as they were',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        expect(await codesOf(rig, [pass(model)])).toEqual(['done']);
        rig.fake.failNext('save_weights', words);
        const [code] = await codesOf(rig, [model.saveState('s', never())]);
        expect(['refused_by_peer', 'peer_failed', 'invalid_input']).toContain(code);
        const works = [pass(model), model.saveState('t', never()), step(model)];
        expect(await codesOf(rig, works)).toEqual(['done', 'done', 'done']);
        expect(rig.fake.model(model.modelId).steps).toBe(1);
        expect(seqs(rig)).toEqual(behaviour === 'tuft' ? [1, 2, 2, 3, 4] : [1, 2, 3, 4, 5]);
      });
    },
  );

  test('and came out of order is followed by the place that TuFT expects', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      const conflict = httpFault(409, 'Sequence conflict: expected 1, got 7.');
      expect(await codesOf(rig, [model.saveState('s', never())])).toEqual(['done']);
      rig.fake.failNext({ endpoint: 'retrieve_future', operation: 'save_weights' }, conflict);
      expect(await codesOf(rig, [model.saveState('t', never())])).toEqual(['conflict']);
      await codesOf(rig, [model.forward(batch, crossEntropy, never())]);
      expect(seqs(rig)).toEqual([1, 2, 1]);
    });
  });

  test('and changes nothing is known on TuFT when others follow already', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', words);
      rig.fake.holdFutures();
      const works = [model.saveState('s', never()), pass(model), step(model)];
      const codes = codesOf(rig, works);
      await rig.rest();
      rig.fake.releaseFutures();
      expect(await codes).toEqual(['refused_by_peer', 'done', 'done']);
      expect(await codesOf(rig, [step(model)])).toEqual(['done']);
      expect(seqs(rig)).toEqual([1, 2, 3, 4]);
    });
  });

  test('a wait for a save that was stopped keeps its place on TuFT', async () => {
    await withRig('tuft', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures();
      const stop = new AbortController();
      const save = model.saveState('s', stop.signal);
      await rig.rest();
      stop.abort();
      expect(await codesOf(rig, [save])).toEqual(['aborted']);
      rig.fake.releaseFutures();
      expect(await codesOf(rig, [pass(model), step(model)])).toEqual(['done', 'done']);
      expect(seqs(rig)).toEqual([1, 2, 3]);
    });
  });
});

describe('saves', () => {
  const kinds = ['save_weights', 'save_weights_for_sampler'] as const;
  const cases = (['tinker', 'skyrl', 'tuft', 'mint'] as const).flatMap((behaviour) =>
    kinds.map((kind) => [behaviour, kind] as const),
  );

  const save = (model: TrainableModel, kind: (typeof kinds)[number], name: string) =>
    kind === 'save_weights' ? model.saveState(name, never()) : model.saveSampler(name, never());

  test.each(cases)(
    'the answer of one that %s lost (%s) is found by its checkpoint',
    async (behaviour, kind) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        rig.fake.failNext(kind, { kind: 'reset', when: 'after' });
        const path = await rig.done(save(model, kind, 'step-1'));
        expect(path).toMatch(/^tinker:\/\/.+\/step-1$/);
        expect(rig.fake.requestsTo(kind)).toHaveLength(2);
        expect(await codesOf(rig, [pass(model), step(model), model.saveState('next', never())])).toEqual([
          'done',
          'done',
          'done',
        ]);
        if (kind === 'save_weights') {
          await rig.done(rig.trainer.restoreModel(path, { withOptimizer: true }, never()));
        } else {
          const fresh = await rig.done(rig.trainer.createSampler({ path }, never())).catch(() => undefined);
          expect(fresh?.version).toBe(path);
        }
      });
    },
  );

  test('one that is still being written is waited for', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.holdFutures(['save_weights']);
      rig.fake.failNext('save_weights', { kind: 'reset', when: 'after' });
      const saving = model.saveState('step-1', never());
      saving.catch(() => undefined);
      await rig.pass(5_000);
      expect(rig.fake.requestsTo('run_checkpoints').length).toBeGreaterThan(1);
      rig.fake.releaseFutures();
      expect(await rig.done(saving)).toContain('/weights/step-1');
    });
  });

  test('one that the engine does not have after all is a conflict', async () => {
    await withRig('skyrl', {}, async (rig) => {
      const model = await rig.createModel();
      rig.fake.failNext('save_weights', httpFault(500, 'x'));
      rig.fake.failNext('save_weights', httpFault(409, 'already exists'));
      rig.fake.failNext('run_checkpoints', httpFault(500, 'x', { 'x-should-retry': 'false' }));
      expect(await codesOf(rig, [model.saveState('s', never())])).toEqual(['conflict']);
      expect(rig.logger.of('engine_save_not_confirmed')).toHaveLength(1);
      expect(await codesOf(rig, [pass(model), step(model)])).toEqual(['done', 'done']);
    });
  });

  test.each(all)(
    'a name that was used before is refused on %s before anything is sent',
    async (behaviour) => {
      await withRig(behaviour, {}, async (rig) => {
        const model = await rig.createModel();
        await rig.done(model.saveState('twice', never()));
        const startedAt = rig.clock.monotonicMs();
        expect(await codesOf(rig, [model.saveState('twice', never())])).toEqual(['conflict']);
        expect(rig.clock.monotonicMs()).toBe(startedAt);
        expect(rig.fake.requestsTo('save_weights')).toHaveLength(1);
        expect(await codesOf(rig, [pass(model), step(model)])).toEqual(['done', 'done']);
      });
    },
  );
});

describe('refused calls', () => {
  test('bar exactly those behind them that were made before anybody knew', () => {
    const order = createRefusedCalls();
    const [a, b, c, d] = [order.next(), order.next(), order.next(), order.next()];
    order.refuse(b);
    const e = order.next();
    order.refuse(b);
    expect([a, b, c, d, e].map((place) => order.isBarred(place))).toEqual([false, false, true, true, false]);
    const f = order.next();
    order.refuse(f);
    const g = order.next();
    expect([f, g].map((place) => order.isBarred(place))).toEqual([false, false]);
  });
});

describe('a serial queue', () => {
  test('runs one task at a time, in order, also after one that fails', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), fc.nat(4)), { maxLength: 10 }), async (tasks) => {
        const queue = createSerialQueue();
        const seen: number[] = [];
        let running = 0;
        const results = tasks.map(([fails, hops], at) =>
          queue.run(async () => {
            running += 1;
            expect(running).toBe(1);
            for (let hop = 0; hop < hops; hop += 1) await Promise.resolve();
            seen.push(at);
            running -= 1;
            if (fails) throw new Error('no');
          }),
        );
        const settled = await Promise.allSettled(results);
        expect(seen).toEqual(tasks.map((_, at) => at));
        expect(settled.map(({ status }) => status === 'rejected')).toEqual(tasks.map(([fails]) => fails));
      }),
    );
  });
});
