import { describe, expect, test } from 'vitest';
import { wordsOf } from '../../../adapters/tinker/errors.ts';
import { never, withRig } from './rig.ts';
import { adam } from './samples.ts';

const ofStep = { endpoint: 'retrieve_future', operation: 'optim_step' } as const;

describe('an engine that is gone', () => {
  test('is asked for a result for as long as its calls are tried, and not until the deadline', () =>
    withRig('skyrl', { client: { timings: { retryWindowMs: 20_000 } } }, async (rig) => {
      const model = await rig.createModel();
      const startedAt = rig.clock.monotonicMs();
      // At 0, 1, 3, 7, 15 and 31 s.
      rig.fake.failNext(ofStep, { kind: 'reset', when: 'before' }, { times: 6 });
      const error = await rig.failure(model.optimStep(adam, never()));
      expect(error.code).toBe('network');
      expect(rig.clock.monotonicMs() - startedAt).toBe(31_000);
    }));

  test('is waited for once it has answered again', () =>
    withRig('skyrl', { client: { timings: { retryWindowMs: 20_000 } } }, async (rig) => {
      const model = await rig.createModel();
      const reset = { kind: 'reset', when: 'before' } as const;
      rig.fake.failNext(ofStep, reset, { times: 5 });
      rig.fake.failNext(ofStep, { kind: 'try_again' });
      rig.fake.failNext(ofStep, reset, { times: 5 });
      expect(await rig.done(model.optimStep(adam, never()))).toBeDefined();
    }));
});

test('problems of a validator are told by place and word', () => {
  const detail = [
    {
      type: 'literal_error',
      loc: ['forward_backward_input', 'loss_fn'],
      msg: 'Input should be …',
      url: 'https://x',
    },
    { msg: 'and so on' },
    'plain',
  ];
  expect(wordsOf(JSON.stringify({ detail }))).toBe(
    'forward_backward_input.loss_fn: Input should be …; and so on; "plain"',
  );
});
