import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shortenedHistory } from '../../../adapters/engine-model/shortened-history.ts';
import type { ModelMessage, ToolSpec } from '../../../core/domain/model.ts';
import { textOf } from '../../contract/model.ts';
import { createStandInSampler, saying } from '../../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../../fakes/engine/stand-in-tokenizer.ts';
import { createSubject, sampledOf } from './subject.ts';

const system: ModelMessage = { role: 'system', text: 'Help.' };
const user = (text: string): ModelMessage => ({ role: 'user', text });
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text });
const lookup: ToolSpec = { name: 'lookup', description: 'Looks up.', parameters: {} };
const rendered = createStandInTokenizer().renderPrompt;
const lengthOf = (messages: readonly ModelMessage[]): number => rendered(messages, []).length;

const turns: readonly ModelMessage[] = [1, 2, 3, 4].flatMap((nth) => [
  user(`question ${nth} ${'?'.repeat(20)}`),
  assistant(`answer ${nth} ${'!'.repeat(20)}`),
]);
const now = user('and now?');
const whole = [system, ...turns, now];

describe('of a prompt that is too long', () => {
  test.each([0, 1, 2, 3, 4])(
    'as many of the oldest turns are left out as it takes, and no more: %i',
    async (leftOut) => {
      const kept = [system, ...turns.slice(2 * leftOut), now];
      const sampler = createStandInSampler(() => saying('Yes.'));
      const maxOutputTokens = 10;
      const { ask, logger } = createSubject(sampler, { maxContextTokens: lengthOf(kept) + maxOutputTokens });
      const events = await ask({ messages: whole, maxOutputTokens });
      expect(sampledOf(events).prompt).toEqual(rendered(kept, []));
      expect(sampler.requests[0]?.params.maxTokens).toBe(maxOutputTokens);
      expect(logger.of('engine_history_left_out').map(({ fields }) => fields['turns'])).toEqual(
        leftOut === 0 ? [] : [leftOut],
      );
    },
  );

  test('turns are left out rather than that the answer has less than a quarter of the context', async () => {
    const sampler = createStandInSampler(() => saying('Yes.'));
    const maxContextTokens = lengthOf(whole) + 1;
    const { ask } = createSubject(sampler, { maxContextTokens });
    const { prompt } = sampledOf(await ask({ messages: whole, maxOutputTokens: 4_096 }));
    expect(prompt.length).toBeLessThan(lengthOf(whole));
    expect(sampler.requests[0]?.params.maxTokens).toBeGreaterThanOrEqual(maxContextTokens / 4);
  });

  test('the instructions and the last that was said stay, and where these are too long it fails before the engine is asked', async () => {
    const sampler = createStandInSampler(() => saying('Yes.'));
    const alone = lengthOf([system, now]);
    const maxContextTokens = 4 * alone;
    const long = user('x'.repeat(maxContextTokens));
    const { ask } = createSubject(sampler, { maxContextTokens });
    expect(await ask({ messages: [system, ...turns, long] })).toMatchObject([
      {
        type: 'failed',
        error: {
          code: 'refused_by_peer',
          retryable: false,
          message: expect.stringContaining('engine.maxContextTokens'),
          details: { reason: 'context_too_long', tokens: lengthOf([system, long]), maxContextTokens },
        },
      },
    ]);
    expect(sampler.requests).toEqual([]);
  });

  test('with next to no room for an answer none is asked for', async () => {
    const sampler = createStandInSampler(() => saying('Yes.'));
    const messages = [system, user('x'.repeat(400))];
    const at = (room: number) =>
      createSubject(sampler, { maxContextTokens: lengthOf(messages) + room }).ask({ messages });
    expect((await at(63)).at(-1)).toMatchObject({ error: { details: { reason: 'context_too_long' } } });
    expect((await at(64)).at(-1)).toMatchObject({ type: 'completed' });
  });

  test('a round of tools goes on token by token from the prompt that was shortened', async () => {
    const calls = [{ name: 'lookup', argumentsJson: '{}' }];
    const sampler = createStandInSampler((_, __, nth) =>
      nth === 1 ? saying('', { thought: 'hm', calls }) : saying('Seen.'),
    );
    const tools = [lookup];
    const maxContextTokens = rendered([system, ...turns.slice(4), now], tools).length + 70;
    const { ask } = createSubject(sampler, { maxContextTokens });
    const request = { tools, maxOutputTokens: 10, conversation: 'c' };
    const first = await ask({ ...request, messages: whole });
    const { prompt, tokens } = sampledOf(first);
    expect(prompt.length).toBeLessThan(rendered(whole, tools).length);
    const [call] = first.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
    if (call === undefined) throw new Error('no tool was called');
    const told: ModelMessage = { role: 'assistant', text: textOf(first), toolCalls: [call] };
    const result: ModelMessage = { role: 'tool', toolCallId: call.id, text: 'ok' };
    const second = sampledOf(await ask({ ...request, messages: [...whole, told, result] }));
    const before = [...prompt, ...tokens];
    expect([...second.prompt.slice(0, before.length)]).toEqual(before);
  });

  test('so does the conversation for as long as that fits, and the turns that were left out stay out', async () => {
    const sampler = createStandInSampler((_, __, nth) => saying(`Yes ${nth}.`, { thought: 'hm' }));
    const maxContextTokens = lengthOf([system, ...turns.slice(4), now]) + 60;
    const { ask } = createSubject(sampler, { maxContextTokens });
    const request = { maxOutputTokens: 10, conversation: 'c' };
    const first = sampledOf(await ask({ ...request, messages: whole }));
    const goesOn = [...whole, assistant('Yes 1.'), user('so?')];
    const second = sampledOf(await ask({ ...request, messages: goesOn }));
    const before = [...first.prompt, ...first.tokens];
    expect([...second.prompt.slice(0, before.length)]).toEqual(before);
    const third = [...goesOn, assistant('Yes 2.'), user(`and ${'x'.repeat(40)}?`)];
    const { prompt } = sampledOf(await ask({ ...request, messages: third }));
    expect(prompt).toEqual(rendered([system, ...third.slice(1 + 2 * 3)], []));
  });

  test('its own thoughts are left out before earlier turns are', async () => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'h'.repeat(400) }));
    const goesOn = [system, user('one'), assistant('Yes.'), user('two')];
    const { ask } = createSubject(sampler, { maxContextTokens: lengthOf(goesOn) + 100 });
    await ask({ messages: goesOn.slice(0, 2), maxOutputTokens: 100, conversation: 'c' });
    const { prompt } = sampledOf(await ask({ messages: goesOn, maxOutputTokens: 100, conversation: 'c' }));
    expect(prompt).toEqual(rendered(goesOn, []));
  });
});

describe('a history without its oldest turns', () => {
  const messages: fc.Arbitrary<readonly ModelMessage[]> = fc
    .tuple(
      fc.array(fc.constant<ModelMessage>(system), { maxLength: 2 }),
      fc.array(
        fc.constantFrom<ModelMessage>(user('u'), assistant('a'), {
          role: 'tool',
          toolCallId: 't',
          text: 'r',
        }),
        {
          maxLength: 12,
        },
      ),
    )
    .map(([head, rest]) => [...head, ...rest.map((message) => ({ ...message }))]);

  test('keeps its instructions, a whole end, and the last words of a person, whatever it is', () => {
    fc.assert(
      fc.property(messages, fc.nat(12), (all, wanted) => {
        const history = shortenedHistory(all);
        const turnsOut = Math.min(wanted, history.turns);
        const kept = history.without(turnsOut);
        const systems = all.filter(({ role }) => role === 'system');
        expect(kept.slice(0, systems.length)).toEqual(systems);
        const rest = kept.slice(systems.length);
        // The very objects of the end, from words of a person on.
        expect(rest.every((message, at) => message === all[all.length - rest.length + at])).toBe(true);
        if (turnsOut > 0) expect(rest[0]?.role).toBe('user');
        else expect(kept).toEqual(all);
        const saidIn = (list: readonly ModelMessage[]): number =>
          list.filter(({ role }) => role === 'user').length;
        expect(saidIn(kept)).toBe(saidIn(all) - turnsOut);
        if (saidIn(all) > 0) expect(saidIn(kept)).toBeGreaterThan(0);
      }),
    );
  });
});
