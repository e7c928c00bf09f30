import { describe, expect, test } from 'vitest';
import { answersInTurn } from '../../config/answers-in-turn.ts';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import { createEngineTurns } from '../../core/schedule/engine-turns.ts';
import { answer, createScriptedModel, hold } from '../fakes/model/scripted-model.ts';

const request: ModelRequest = { messages: [{ role: 'user', text: 'Hello?' }], tools: [] };
const never = new AbortController().signal;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function collect(stream: AsyncIterable<ModelEvent>): Promise<readonly string[]> {
  const types: string[] = [];
  for await (const event of stream) types.push(event.type);
  return types;
}

describe('a model of an engine that cannot train meanwhile', () => {
  /** A training call that lasts until it is ended. */
  function training(turns: ReturnType<typeof createEngineTurns>) {
    const end = Promise.withResolvers<void>();
    return { end: end.resolve, over: turns.train(() => end.promise, never) };
  }

  test('an answer waits for the call in flight, and for no other', async () => {
    const turns = createEngineTurns();
    const scripted = createScriptedModel([answer('done')]);
    const call = training(turns);
    await settle();
    const all = collect(answersInTurn(scripted, turns).stream(request, never));
    await settle();
    expect(scripted.requests).toEqual([]);
    call.end();
    await call.over;
    expect((await all).at(-1)).toBe('completed');
    expect(await turns.train(async () => 'free', never)).toBe('free');
  });

  test('no call begins before the answer has ended', async () => {
    const turns = createEngineTurns();
    const scripted = createScriptedModel([hold()]);
    const all = collect(answersInTurn(scripted, turns).stream(request, never));
    await scripted.held();
    let hasBegun = false;
    const call = turns.train(async () => {
      hasBegun = true;
    }, never);
    await settle();
    expect(hasBegun).toBe(false);
    scripted.release();
    await all;
    await call;
    expect(hasBegun).toBe(true);
  });

  test('a wait that is given up is a failure of the answer, its last event, and the model is not asked', async () => {
    const turns = createEngineTurns();
    const scripted = createScriptedModel();
    const call = training(turns);
    await settle();
    const leaving = new AbortController();
    const events: ModelEvent[] = [];
    const all = (async () => {
      const stream = answersInTurn(scripted, turns).stream(request, leaving.signal);
      for await (const event of stream) events.push(event);
    })();
    await settle();
    leaving.abort();
    await all;
    expect(events).toMatchObject([{ type: 'failed', error: { code: 'aborted' } }]);
    expect(scripted.requests).toEqual([]);
    call.end();
    await call.over;
    expect(await turns.train(async () => 'free', never)).toBe('free');
  });

  test('an answer that is dropped, or breaks, lets go of the engine', async () => {
    const turns = createEngineTurns();
    const scripted = createScriptedModel([answer('one', 'two')]);
    for await (const event of answersInTurn(scripted, turns).stream(request, never)) {
      if (event.type === 'started') break;
    }
    const broken: ModelPort = {
      description: 'broken',
      // biome-ignore lint/correctness/useYield: it breaks before it says anything.
      async *stream() {
        throw new Error('broken');
      },
    };
    await expect(collect(answersInTurn(broken, turns).stream(request, never))).rejects.toThrow('broken');
    expect(await turns.train(async () => 'free', never)).toBe('free');
  });

  test('is known by the same name, and is the model itself where both can be done at once', () => {
    const scripted = createScriptedModel();
    expect(answersInTurn(scripted, undefined)).toBe(scripted);
    expect(answersInTurn(scripted, createEngineTurns()).description).toBe(scripted.description);
  });
});
