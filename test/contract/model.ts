import { afterEach, describe, expect, test } from 'vitest';
import type { ModelEvent, ModelRequest } from '../../core/domain/model.ts';
import type { ModelPort } from '../../core/ports/model.ts';

/** What the model under test is made to do with the next request. */
export type ModelBehaviour =
  | 'answers'
  | 'calls_tools'
  | 'fails_before_text'
  | 'fails_after_text'
  | 'hangs_before_text'
  | 'hangs_after_text';

export interface ModelUnderTest {
  readonly model: ModelPort;
  /** What makes it do so, where the model itself decides by what it is asked. @default a plain question */
  readonly request?: ModelRequest;
  /** Resolves when nothing is held for the stream any more: connections closed, timers cancelled. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export interface ModelContract {
  readonly name: string;
  create(behaviour: ModelBehaviour): Promise<ModelUnderTest>;
  /** Behaviours that this model does not have, with the reason. */
  readonly lacks?: Partial<Readonly<Record<ModelBehaviour, string>>>;
}

export const plainRequest: ModelRequest = {
  messages: [
    { role: 'system', text: 'You are helpful.' },
    { role: 'user', text: 'What is a lighthouse for?' },
  ],
  tools: [],
};

const lookupTool = {
  name: 'lookup',
  description: 'Looks a word up.',
  parameters: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
};

export async function collect(stream: AsyncIterable<ModelEvent>): Promise<readonly ModelEvent[]> {
  const events: ModelEvent[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

/** The written order at `ModelEvent`: `started` once and first (or nothing before `failed`), one terminal event, last. */
export function expectWellFormed(events: readonly ModelEvent[]): void {
  const terminal = events.filter((event) => event.type === 'completed' || event.type === 'failed');
  expect(terminal).toHaveLength(1);
  expect(events.at(-1)).toBe(terminal[0]);
  const starts = events.filter((event) => event.type === 'started');
  if (events.length > 1) {
    expect(starts).toHaveLength(1);
    expect(events[0]).toBe(starts[0]);
  } else {
    expect(events[0]?.type).toBe('failed');
  }
  for (const event of events) {
    if (event.type === 'started') expect(event.model).not.toBe('');
    if (event.type === 'text') expect(event.text).not.toBe('');
    if (event.type === 'tool_call') {
      expect(event.call.id).not.toBe('');
      expect(event.call.name).not.toBe('');
    }
    if (event.type === 'failed') {
      expect(event.error.name).toBe('AppError');
      expect(event.error.message).toMatch(/\.$/);
    }
  }
}

export function textOf(events: readonly ModelEvent[]): string {
  return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
}

/** What every `ModelPort` promises. */
export function modelContract(contract: ModelContract): void {
  describe(`model contract: ${contract.name}`, () => {
    const open: ModelUnderTest[] = [];
    afterEach(async () => {
      for (const subject of open.splice(0)) await subject.close();
    });

    async function subjectFor(
      behaviour: ModelBehaviour,
    ): Promise<ModelUnderTest & { request: ModelRequest }> {
      const subject = await contract.create(behaviour);
      open.push(subject);
      return { ...subject, request: subject.request ?? plainRequest };
    }

    function can(behaviour: ModelBehaviour, title: string, run: () => Promise<void>): void {
      const reason = contract.lacks?.[behaviour];
      if (reason === undefined) test(title, run);
      else test.skip(`${title} (${reason})`, run);
    }

    const never = (): AbortSignal => new AbortController().signal;

    test('describes itself without saying nothing', async () => {
      const { model } = await subjectFor('answers');
      expect(model.description).not.toBe('');
    });

    can('answers', 'answers in order and completes', async () => {
      const { model, request, idle } = await subjectFor('answers');
      const events = await collect(model.stream(request, never()));
      expectWellFormed(events);
      expect(events.at(-1)).toMatchObject({ type: 'completed', finishReason: 'stop' });
      expect(textOf(events).trim()).not.toBe('');
      await idle();
    });

    can('answers', 'does not change the request', async () => {
      const { model, request } = await subjectFor('answers');
      const before = structuredClone(request);
      await collect(model.stream(request, never()));
      expect(request).toEqual(before);
    });

    can('answers', 'nothing happens before the stream is read', async () => {
      const { model, request, idle } = await subjectFor('hangs_before_text');
      model.stream(request, never());
      await idle();
    });

    can('calls_tools', 'tool calls are whole and end in `tool_calls`', async () => {
      const { model, request, idle } = await subjectFor('calls_tools');
      const events = await collect(model.stream({ ...request, tools: [lookupTool] }, never()));
      expectWellFormed(events);
      const calls = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
      expect(calls.map((call) => [call.name, JSON.parse(call.argumentsJson)])).toEqual([
        ['lookup', { word: 'lamp' }],
        ['lookup', { word: 'fog' }],
      ]);
      expect(new Set(calls.map((call) => call.id)).size).toBe(2);
      expect(events.at(-1)).toMatchObject({ type: 'completed', finishReason: 'tool_calls' });
      await idle();
    });

    can('fails_before_text', 'a failure before the first word is the last event', async () => {
      const { model, request, idle } = await subjectFor('fails_before_text');
      const events = await collect(model.stream(request, never()));
      expectWellFormed(events);
      expect(events.at(-1)?.type).toBe('failed');
      expect(textOf(events)).toBe('');
      await idle();
    });

    can('fails_after_text', 'a failure in the middle keeps the words before it', async () => {
      const { model, request, idle } = await subjectFor('fails_after_text');
      const events = await collect(model.stream(request, never()));
      expectWellFormed(events);
      expect(events.at(-1)?.type).toBe('failed');
      expect(textOf(events)).not.toBe('');
      await idle();
    });

    test('an abort before the call is `aborted`', async () => {
      const { model, request, idle } = await subjectFor('answers');
      const events = await collect(model.stream(request, AbortSignal.abort()));
      expectWellFormed(events);
      expect(events).toMatchObject([{ type: 'failed', error: { code: 'aborted', retryable: false } }]);
      await idle();
    });

    can('hangs_before_text', 'an abort before the first word ends the wait', async () => {
      const { model, request, idle } = await subjectFor('hangs_before_text');
      const controller = new AbortController();
      const events = collect(model.stream(request, controller.signal));
      setImmediate(() => controller.abort());
      expectWellFormed(await events);
      expect((await events).at(-1)).toMatchObject({ type: 'failed', error: { code: 'aborted' } });
      await idle();
    });

    can('hangs_after_text', 'an abort in the middle ends the stream after the words before it', async () => {
      const { model, request, idle } = await subjectFor('hangs_after_text');
      const controller = new AbortController();
      const events: ModelEvent[] = [];
      for await (const event of model.stream(request, controller.signal)) {
        events.push(event);
        if (event.type === 'text') controller.abort();
      }
      expectWellFormed(events);
      expect(events.filter((event) => event.type === 'text')).toHaveLength(1);
      expect(events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'aborted' } });
      await idle();
    });

    can('hangs_after_text', 'a reader that leaves early frees everything', async () => {
      const { model, request, idle } = await subjectFor('hangs_after_text');
      for await (const event of model.stream(request, never())) {
        if (event.type === 'text') break;
      }
      await idle();
    });

    can('answers', 'an abort after the end changes nothing', async () => {
      const { model, request } = await subjectFor('answers');
      const controller = new AbortController();
      const events = await collect(model.stream(request, controller.signal));
      controller.abort();
      expect(events.at(-1)?.type).toBe('completed');
    });
  });
}
