import { describe, expect, test } from 'vitest';
import { AppError } from '../../../core/domain/app-error.ts';
import { collect, type ModelBehaviour, modelContract, plainRequest } from '../../contract/model.ts';
import {
  answer,
  callTools,
  createScriptedModel,
  failWith,
  hold,
  type ScriptedStep,
} from './scripted-model.ts';

const never = (): AbortSignal => new AbortController().signal;
const broken = new AppError('peer_failed', 'The model failed.', { retryable: true });
const scripts: Readonly<Record<ModelBehaviour, ScriptedStep>> = {
  answers: answer('A light', ' that warns.'),
  calls_tools: callTools([
    { id: 'a', name: 'lookup', argumentsJson: '{"word":"lamp"}' },
    { id: 'b', name: 'lookup', argumentsJson: '{"word":"fog"}' },
  ]),
  fails_before_text: failWith(broken),
  fails_after_text: failWith(broken, 'half'),
  hangs_before_text: hold(),
  hangs_after_text: hold(['half']),
};

modelContract({
  name: 'scripted model',
  create: async (behaviour) => {
    const model = createScriptedModel([scripts[behaviour]]);
    return { model, idle: () => model.idle(), close: async () => undefined };
  },
});

describe('scripted model', () => {
  test('a call without a step fails at once and again at the end', async () => {
    const model = createScriptedModel([answer('one')]);
    await collect(model.stream(plainRequest, never()));
    expect(await collect(model.stream(plainRequest, never()))).toMatchObject([
      { type: 'failed', error: { code: 'internal' } },
    ]);
    expect(() => model.assertComplete()).toThrow(/1 calls came without a step/);
  });

  test('a step without a call is found at the end', async () => {
    const model = createScriptedModel([answer('one'), answer('two')]);
    await collect(model.stream(plainRequest, never()));
    expect(() => model.assertComplete()).toThrow(/1 steps were never used/);
    await collect(model.stream(plainRequest, never()));
    model.assertComplete();
  });

  test('records deeply frozen copies', async () => {
    const model = createScriptedModel([answer('one')]);
    const messages = [{ role: 'user' as const, text: 'hi' }];
    await collect(model.stream({ messages, tools: [] }, never()));
    messages.push({ role: 'user', text: 'later' });
    expect(model.requests).toEqual([{ messages: [{ role: 'user', text: 'hi' }], tools: [] }]);
    expect(Object.isFrozen(model.requests[0]?.messages[0])).toBe(true);
  });

  test('a responder sees the request; its failed expectation comes back at the end', async () => {
    const model = createScriptedModel([
      (request, call) => answer(`${call}: ${request.messages.length}`),
      () => {
        throw new Error('expected otherwise');
      },
    ]);
    expect(await collect(model.stream(plainRequest, never()))).toMatchObject([{}, { text: '1: 2' }, {}]);
    expect(await collect(model.stream(plainRequest, never()))).toMatchObject([{ type: 'failed' }]);
    expect(() => model.assertComplete()).toThrow('expected otherwise');
  });

  test('holds until released', async () => {
    const model = createScriptedModel([hold(['a'], ['b']), hold(['c'], ['d'])]);
    const both = Promise.all([
      collect(model.stream(plainRequest, never())),
      collect(model.stream(plainRequest, never())),
    ]);
    await model.held(2);
    expect(model.active()).toBe(2);
    model.release();
    expect((await both).map((events) => events.map((event) => event.type))).toEqual([
      ['started', 'text', 'text', 'completed'],
      ['started', 'text', 'text', 'completed'],
    ]);
    await model.idle();
  });
});
