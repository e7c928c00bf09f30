import { describe, expect, test } from 'vitest';
import { watchModel } from '../../../adapters/resilience/watched-model.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import { collect, plainRequest } from '../../contract/model.ts';

const done: ModelEvent = { type: 'completed', finishReason: 'stop' };
const failed = (error: AppError): ModelEvent => ({ type: 'failed', error });
const gone = failed(new AppError('network', 'It cannot be reached.'));

function watched(answers: readonly ModelEvent[]): ReturnType<typeof watchModel> {
  const left = [...answers];
  return watchModel({
    description: 'one',
    async *stream() {
      const next = left.shift();
      if (next !== undefined) yield next;
    },
  });
}

const ask = (model: ReturnType<typeof watchModel>): Promise<readonly ModelEvent[]> =>
  collect(model.stream(plainRequest, new AbortController().signal));

describe('a watched model', () => {
  test('passes on what the model says', async () => {
    const model = watched([gone]);
    expect(await ask(model)).toEqual([gone]);
    expect(model.description).toBe('one');
  });

  test('has a problem from a failure to the next answer', async () => {
    const model = watched([gone, done]);
    expect(model.problem()).toBeUndefined();
    await ask(model);
    expect(model.problem()).toBe('The model failed with its last answer: It cannot be reached.');
    await ask(model);
    expect(model.problem()).toBeUndefined();
  });

  test('what was found out otherwise stands until it answers', async () => {
    const model = watched([done]);
    model.suspect('It is not there.');
    expect(model.problem()).toBe('It is not there.');
    await ask(model);
    expect(model.problem()).toBeUndefined();
  });

  test.each([
    ['stopped', new AppError('aborted', 'Stopped.')],
    ['too long', new AppError('refused_by_peer', 'Too long.', { details: { reason: 'context_too_long' } })],
  ])('is not blamed for what was %s, and not acquitted by it', async (_, error) => {
    const model = watched([failed(error), gone, failed(error)]);
    await ask(model);
    expect(model.problem()).toBeUndefined();
    await ask(model);
    await ask(model);
    expect(model.problem()).toContain('cannot be reached');
  });
});
