import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EngineModelOptions } from '../../../adapters/engine-model/options.ts';
import { createRenderedTalks } from '../../../adapters/engine-model/rendered-talks.ts';
import type { ModelEvent, ModelMessage, ToolSpec } from '../../../core/domain/model.ts';
import type { EngineSampler } from '../../../core/ports/trainer.ts';
import { textOf } from '../../contract/model.ts';
import { createStandInSampler, saying } from '../../fakes/engine/stand-in-sampler.ts';
import { createStandInTokenizer } from '../../fakes/engine/stand-in-tokenizer.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { createSubject as createAnySubject, type Subject, sampledOf } from './subject.ts';

/** One whose requests are of one conversation where they do not say of which. */
function createSubject(sampler: EngineSampler, options: Partial<EngineModelOptions> = {}): Subject {
  const subject = createAnySubject(sampler, options);
  return { ...subject, ask: (request, signal) => subject.ask({ conversation: 'ours', ...request }, signal) };
}

const system: ModelMessage = { role: 'system', text: 'Help.' };
const user = (text: string): ModelMessage => ({ role: 'user', text });
const lookup: ToolSpec = { name: 'lookup', description: 'Looks up.', parameters: {} };
const other: ToolSpec = { ...lookup, name: 'other' };
const rendered = createStandInTokenizer().renderPrompt;

/** What the answer was, as those who go on tell it. */
function toldOf(events: readonly ModelEvent[]): ModelMessage {
  const toolCalls = events.flatMap((event) => (event.type === 'tool_call' ? [event.call] : []));
  return { role: 'assistant', text: textOf(events), ...(toolCalls.length === 0 ? {} : { toolCalls }) };
}

function startsWith(whole: Int32Array, ...parts: readonly Int32Array[]): boolean {
  const beginning = parts.flatMap((part) => [...part]);
  return beginning.every((id, at) => whole[at] === id);
}

describe('a talk that goes on', () => {
  test('begins with the ids of the earlier prompt and answer, thoughts included', async () => {
    const sampler = createStandInSampler((_, __, nth) => saying(`answer ${nth}`, { thought: 'secret' }));
    const { ask } = createSubject(sampler);
    const messages = [system, user('one')];
    const first = await ask({ messages });
    const second = await ask({ messages: [...messages, toldOf(first), user('two')] });
    const before = sampledOf(first);
    const after = sampledOf(second);
    expect(startsWith(after.prompt, before.prompt, before.tokens)).toBe(true);
    // A second rendering would not have the thoughts.
    expect(after.prompt).not.toEqual(rendered([...messages, toldOf(first), user('two')], []));
  });

  test('through rounds of tools, too', async () => {
    const calls = [{ name: 'lookup', argumentsJson: '{"word":"fog"}' }];
    const sampler = createStandInSampler((_, __, nth) =>
      nth === 1 ? saying('Let me see.', { thought: 'hm', calls }) : saying('Fog is a cloud.'),
    );
    const { ask } = createSubject(sampler);
    const messages = [system, user('What is fog?')];
    const first = await ask({ messages, tools: [lookup] });
    const told = toldOf(first);
    const toolCallId = told.role === 'assistant' ? (told.toolCalls?.[0]?.id ?? '') : '';
    expect(toolCallId).not.toBe('');
    const result: ModelMessage = { role: 'tool', toolCallId, text: 'a cloud' };
    const second = await ask({ messages: [...messages, told, result], tools: [lookup] });
    const { prompt, tokens } = sampledOf(first);
    expect(startsWith(sampledOf(second).prompt, prompt, tokens)).toBe(true);
  });

  test('goes on from the longest that is known', async () => {
    const sampler = createStandInSampler((_, __, nth) => saying(`answer ${nth}`, { thought: `${nth}` }));
    const { ask } = createSubject(sampler);
    let messages: readonly ModelMessage[] = [system, user('1')];
    let last = sampledOf(await ask({ messages }));
    for (const text of ['2', '3', '4']) {
      messages = [...messages, { role: 'assistant', text: `answer ${Number(text) - 1}` }, user(text)];
      const now = sampledOf(await ask({ messages }));
      expect(startsWith(now.prompt, last.prompt, last.tokens)).toBe(true);
      last = now;
    }
  });

  const changes: readonly (readonly [
    string,
    (told: readonly ModelMessage[]) => readonly ModelMessage[],
    ToolSpec,
  ])[] = [
    [
      'another word of the answer',
      ([s, u, , v]) => [s!, u!, { role: 'assistant', text: 'Other.' }, v!],
      lookup,
    ],
    ['another persona', ([, ...rest]) => [{ role: 'system', text: 'Hinder.' }, ...rest], lookup],
    ['other words before', ([s, , ...rest]) => [s!, user('ONE'), ...rest], lookup],
    [
      'a call that was not made',
      ([s, u, a, v]) => [
        s!,
        u!,
        { ...a!, toolCalls: [{ id: 'x', name: 'y', argumentsJson: '' }] } as ModelMessage,
        v!,
      ],
      lookup,
    ],
    ['other tools', (told) => told, other],
  ];
  test.each(changes)('is rendered anew after %s', async (_, change, tool) => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'hm' }));
    const { ask } = createSubject(sampler);
    const messages = [system, user('one')];
    const first = await ask({ messages, tools: [lookup] });
    const told = change([...messages, toldOf(first), user('two')]);
    const second = sampledOf(await ask({ messages: told, tools: [tool] }));
    expect(second.prompt).toEqual(rendered(told, [tool]));
  });

  test('is rendered anew where nothing was said since', async () => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'hm' }));
    const { ask } = createSubject(sampler);
    const first = await ask({ messages: [user('one')] });
    const messages = [user('one'), toldOf(first)];
    expect(sampledOf(await ask({ messages })).prompt).toEqual(rendered(messages, []));
  });

  test('is rendered anew where the template gives no continuation', async () => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'hm' }));
    const { ask } = createSubject(sampler, { tokenizer: createStandInTokenizer({ forgetsThoughts: true }) });
    const first = await ask({ messages: [user('one')] });
    const messages = [user('one'), toldOf(first), user('two')];
    expect(sampledOf(await ask({ messages })).prompt).toEqual(rendered(messages, []));
  });

  test('the talks that were gone on with longest ago are forgotten first', async () => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'hm' }));
    const { ask } = createSubject(sampler, { rememberedTalks: 3 });
    const goOn = (name: string) => [user(name), { role: 'assistant', text: 'Yes.' } as const, user('and')];
    const isKnown = async (name: string): Promise<boolean> => {
      const { prompt } = sampledOf(await ask({ messages: goOn(name) }));
      return prompt.length > rendered(goOn(name), []).length;
    };
    await ask({ messages: [user('a')] });
    await ask({ messages: [user('b')] });
    // Going on with `a` makes `b` the oldest, and is remembered itself.
    expect(await isKnown('a')).toBe(true);
    await ask({ messages: [user('c')] });
    expect(await isKnown('b')).toBe(false);
  });

  test('of long talks fewer are kept than of short ones', () => {
    const talks = createRenderedTalks(createSequentialIds(), 100, 10);
    const answer = { role: 'assistant', text: 'Yes.' } as const;
    const put = (name: string, length: number): void =>
      talks.remember({ messages: [user(name)], tools: [], conversation: 'c' }, answer, {
        prompt: new Int32Array(length),
        answer: new Int32Array(1),
        messageCount: 1,
        leftOut: 0,
      });
    const isKnown = (name: string): boolean =>
      talks.before({ messages: [user(name), answer, user('and')], tools: [], conversation: 'c' }) !==
      undefined;
    put('a', 4);
    put('b', 4);
    expect(['a', 'b'].map(isKnown)).toEqual([true, true]);
    // The same talk again counts once.
    put('b', 4);
    expect(['a', 'b'].map(isKnown)).toEqual([true, true]);
    put('c', 4);
    expect(['a', 'b', 'c'].map(isKnown)).toEqual([false, true, true]);
    put('too long', 20);
    expect(['b', 'c', 'too long'].map(isKnown)).toEqual([false, false, false]);
  });

  test('never goes on with what another conversation was given, nor with what a helper was', async () => {
    const thoughts = new Map([
      ['a', 'of a'],
      ['b', 'of b'],
    ]);
    let asking: string | undefined;
    const sampler = createStandInSampler(() =>
      saying('Yes.', { thought: thoughts.get(asking ?? '') ?? 'helper' }),
    );
    const { ask } = createAnySubject(sampler);
    const askAs = async (conversation: string | undefined, messages: readonly ModelMessage[]) => {
      asking = conversation;
      return sampledOf(await ask({ messages, ...(conversation === undefined ? {} : { conversation }) }))
        .prompt;
    };
    const begun = [system, user('one')];
    const goesOn = [...begun, { role: 'assistant', text: 'Yes.' } as const, user('two')];
    await askAs('a', begun);
    await askAs('b', begun);
    await askAs(undefined, begun);
    // The words are the same in all three; only the thoughts tell them apart.
    const { decode } = createStandInTokenizer();
    const [a, b] = [await askAs('a', goesOn), await askAs('b', goesOn)];
    expect([decode(a).includes('of a'), decode(a).includes('of b')]).toEqual([true, false]);
    expect([decode(b).includes('of a'), decode(b).includes('of b')]).toEqual([false, true]);
    for (const prompt of [a, b]) expect(decode(prompt)).not.toContain('helper');
    expect(await askAs(undefined, goesOn)).toEqual(rendered(goesOn, []));
    expect(await askAs('c', goesOn)).toEqual(rendered(goesOn, []));
  });

  test('helpers make nobody’s talk be forgotten', async () => {
    const sampler = createStandInSampler(() => saying('Yes.', { thought: 'hm' }));
    const { ask } = createAnySubject(sampler, { rememberedTalks: 1 });
    const first = sampledOf(await ask({ messages: [user('one')], conversation: 'a' }));
    for (const word of ['x', 'y']) await ask({ messages: [user(word)] });
    const messages = [user('one'), { role: 'assistant', text: 'Yes.' } as const, user('two')];
    const second = sampledOf(await ask({ messages, conversation: 'a' }));
    expect(startsWith(second.prompt, first.prompt, first.tokens)).toBe(true);
  });

  test('has its own words and its own thoughts alone in it, whatever is said in others', async () => {
    const words = fc.constantFrom('', 'a', 'b', 'ab');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ talk: fc.nat(2), text: words }), { maxLength: 12 }),
        async (steps) => {
          let asking = 0;
          const sampler = createStandInSampler(() => saying('Yes.', { thought: `<${asking}>` }));
          const { ask } = createSubject(sampler, { rememberedTalks: 4 });
          const told: ModelMessage[][] = [[], [], []];
          const { decode } = createStandInTokenizer();
          for (const step of steps) {
            asking = step.talk;
            const talk = told[step.talk] ?? [];
            talk.push(user(step.text));
            const { prompt } = sampledOf(await ask({ messages: talk, conversation: `c${step.talk}` }));
            const thoughts = new Set(decode(prompt).match(/<\d>/g));
            thoughts.delete(`<${step.talk}>`);
            expect([...thoughts]).toEqual([]);
            expect(decode(prompt).replaceAll(/<\d>/g, '')).toBe(decode(rendered(talk, [])));
            talk.push({ role: 'assistant', text: 'Yes.' });
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
