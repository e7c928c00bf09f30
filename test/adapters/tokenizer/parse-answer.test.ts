import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParsedAnswer, TokenizerPort } from '../../../core/ports/tokenizer.ts';
import { fixtureFolder, openChanged, openFolder } from './fixture.ts';

const chatml = await openFolder(fixtureFolder('chatml'));
const marks = new Map([
  ['«think»', 603],
  ['«/think»', 604],
  ['«call»', 605],
  ['«/call»', 606],
  ['«start»', 601],
  ['«end»', 602],
]);

/** Parses a text in which «…» are tokens. */
function parse(written: string, tokenizer: TokenizerPort = chatml): ParsedAnswer {
  const ids = written.split(/(«[^»]+»)/).flatMap((part) => marks.get(part) ?? [...tokenizer.encode(part)]);
  return tokenizer.parseAnswer(Int32Array.from(ids));
}

const said = (text: string, more: Partial<ParsedAnswer> = {}): ParsedAnswer => ({
  text,
  toolCalls: [],
  isWhole: true,
  ...more,
});

describe('text', () => {
  test.each<[string, ParsedAnswer]>([
    ['Hello.«end»', said('Hello.')],
    ['Hello.', said('Hello.', { isWhole: false })],
    ['  Hello. \n«end»', said('Hello.')],
    ['Hello.«end»«end»', said('Hello.')],
    ['a«start»b«end»c«end»', said('abc')],
    ['«end»', said('')],
    ['', said('', { isWhole: false })],
    ['def f(x) :\n    return x , 1 .«end»', said('def f(x) :\n    return x , 1 .')],
  ])('%s', (written, parsed) => {
    expect(parse(written)).toEqual(parsed);
  });

  test('ids that stand for nothing are left out', () => {
    const [a = 0] = chatml.encode('a');
    expect(chatml.parseAnswer(Int32Array.of(a, 607, -1, 2 ** 31 - 1, a, 602))).toEqual(said('aa'));
    expect(chatml.decode(Int32Array.of(607, a, -5))).toBe('a');
  });
});

describe('reasoning', () => {
  test.each<[string, ParsedAnswer]>([
    ['«think»\nhm\n«/think»\n\nYes.«end»', said('Yes.')],
    ['«think»hm«/think»A «think»hm«/think»B«end»', said('A B')],
    ['First. «think»this never ends', said('First.', { isWhole: false })],
    ['«think»«call»{"name": "f"}«/call»«/think»No.«end»', said('No.')],
    ['A«/think»B«end»', said('AB')],
    ['a <think>b</think> c«end»', said('a <think>b</think> c')],
  ])('%s', (written, parsed) => {
    expect(parse(written)).toEqual(parsed);
  });

  test('that the template began ends with its first end', async () => {
    const template =
      '{% for m in messages %}{{ m.content }}<|im_end|>{% endfor %}<|im_start|>assistant<think>';
    const tokenizer = await openChanged('chatml', { template });
    expect(parse('hm«/think»Yes.«end»', tokenizer)).toEqual(said('Yes.'));
    expect(parse('hm, still', tokenizer)).toEqual(said('', { isWhole: false }));
    const closed = await openChanged('chatml', { template: `${template}</think>` });
    expect(parse('Yes.«end»', closed)).toEqual(said('Yes.'));
  });
});

describe('calls', () => {
  const call = (name: string, argumentsJson: string) => ({ name, argumentsJson });

  test.each<[string, ParsedAnswer]>([
    [
      'I look.\n«call»\n{"name": "f", "arguments": {"a": [1, "ü"]}}\n«/call»«end»',
      said('I look.', { toolCalls: [call('f', '{"a":[1,"ü"]}')] }),
    ],
    [
      '«call»{"name": "f", "arguments": "{\\"a\\": 1}"}«/call»\n«call»{"name": "g"}«/call»«end»',
      said('', { toolCalls: [call('f', '{"a": 1}'), call('g', '{}')] }),
    ],
    [
      '«call»{"name": "f", "arguments": {"t": "</tool_call>"}}«/call»«end»',
      said('', { toolCalls: [call('f', '{"t":"</tool_call>"}')] }),
    ],
    ['«call»{"name": "f", «/call»«end»', said('<tool_call>{"name": "f", </tool_call>')],
    ['«call»[1]«/call»«end»', said('<tool_call>[1]</tool_call>')],
    ['«call»{"name": 1}«/call»«end»', said('<tool_call>{"name": 1}</tool_call>')],
    ['«call»{"name": ""}«/call»«end»', said('<tool_call>{"name": ""}</tool_call>')],
    [
      '«call»{"name": "f", "arguments": [1]}«/call»«end»',
      said('<tool_call>{"name": "f", "arguments": [1]}</tool_call>'),
    ],
    ['«call»{"name": "f"}', said('<tool_call>{"name": "f"}', { isWhole: false })],
    ['«call»a«call»{"name": "f"}«/call»«end»', said('<tool_call>a', { toolCalls: [call('f', '{}')] })],
    ['A«/call»B«end»', said('AB')],
    ['<tool_call>{"name": "f"}</tool_call>«end»', said('<tool_call>{"name": "f"}</tool_call>')],
    [
      '«call»{"name": "f", "arguments": {"a": "«think»"}}«/call»«end»',
      said('', { toolCalls: [call('f', '{"a":"<think>"}')] }),
    ],
  ])('%s', (written, parsed) => {
    expect(parse(written)).toEqual(parsed);
  });

  test('come back as they were written into a prompt', () => {
    const json = fc.dictionary(
      fc.string({ maxLength: 5 }),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    );
    fc.assert(
      fc.property(fc.constantFrom('f', 'get_weather'), json, (name, given) => {
        const argumentsJson = JSON.stringify(given);
        const toolCalls = [{ id: 'a', name, argumentsJson }];
        const messages = [
          { role: 'user', text: 'x' },
          { role: 'assistant', text: 'I look.', toolCalls },
        ] as const;
        const before = chatml.renderPrompt(messages.slice(0, 1), []).length;
        const full = chatml.renderPrompt(messages, []);
        const answer = full.slice(before, full.indexOf(602, before) + 1);
        const parsed = chatml.parseAnswer(answer);
        expect(parsed.text).toBe('I look.');
        expect(parsed.toolCalls.map((one) => one.name)).toEqual([name]);
        expect(JSON.parse(parsed.toolCalls[0]?.argumentsJson ?? '')).toEqual(
          JSON.parse(argumentsJson.normalize('NFC')),
        );
      }),
    );
  });
});

describe('a model without tokens for its tags', () => {
  test('spells them', async () => {
    const tokenizer = await openFolder(fixtureFolder('pieces'));
    const parsed = (text: string) => tokenizer.parseAnswer(Int32Array.of(...tokenizer.encode(text), 612));
    expect(parsed('<think>hm</think> Yes. <tool_call>{"name": "f"}</tool_call>')).toEqual(
      said('Yes.', { toolCalls: [{ name: 'f', argumentsJson: '{}' }] }),
    );
    expect(parsed('What does </think> mean?')).toEqual(said('What does </think> mean?'));
    expect(parsed('<think>never ends')).toEqual(said(''));
  });
});
