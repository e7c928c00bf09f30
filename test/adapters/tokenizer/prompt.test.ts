import { describe, expect, test } from 'vitest';
import type { ModelMessage } from '../../../core/domain/model.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import { fixtureFolder, openChanged, openFolder } from './fixture.ts';

const system = (text: string): ModelMessage => ({ role: 'system', text });
const user = (text: string): ModelMessage => ({ role: 'user', text });
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text });
const weather = { name: 'get_weather', description: 'sky', parameters: { type: 'object', properties: {} } };

/** What a template makes of a talk, as text. */
async function shown(
  template: string,
  messages: readonly ModelMessage[],
  { config = {}, tools = [weather].slice(1) } = {},
): Promise<string> {
  const tokenizer = await openChanged('chatml', { template, config });
  return tokenizer.decode(tokenizer.renderPrompt(messages, tools));
}

const promptOf = (tokenizer: TokenizerPort, messages: readonly ModelMessage[]): string =>
  tokenizer.decode(tokenizer.renderPrompt(messages, []));

describe('variables of templates', () => {
  test('messages with their calls, arguments as values', async () => {
    const talk: readonly ModelMessage[] = [
      user('?'),
      {
        role: 'assistant',
        text: '',
        toolCalls: [
          { id: 'c1', name: 'f', argumentsJson: '{"city":"Rome","n":[1,null,true]}' },
          { id: 'c2', name: 'g', argumentsJson: '[1]' },
          { id: 'c3', name: 'h', argumentsJson: '{broken' },
        ],
      },
      { role: 'tool', toolCallId: 'c2', text: 'done' },
      { role: 'tool', toolCallId: 'c9', text: 'lost' },
    ];
    expect(await shown('{{ messages | tojson }}', talk)).toBe(
      '[{"role": "user", "content": "?"}, ' +
        '{"role": "assistant", "content": "", "tool_calls": [' +
        '{"id": "c1", "type": "function", "function": {"name": "f", "arguments": {"city": "Rome", "n": [1, null, true]}}}, ' +
        '{"id": "c2", "type": "function", "function": {"name": "g", "arguments": "[1]"}}, ' +
        '{"id": "c3", "type": "function", "function": {"name": "h", "arguments": "{broken"}}]}, ' +
        '{"role": "tool", "content": "done", "tool_call_id": "c2", "name": "g"}, ' +
        '{"role": "tool", "content": "lost", "tool_call_id": "c9"}]',
    );
  });

  test('tools in the form of functions, and none where there are none', async () => {
    const template = '{{ tools | tojson }}{{ tools is none }}';
    expect(await shown(template, [user('')], { tools: [weather] })).toBe(
      '[{"type": "function", "function": {"name": "get_weather", "description": "sky", "parameters": {"type": "object", "properties": {}}}}]false',
    );
    expect(await shown(template, [user('')])).toBe('nulltrue');
  });

  test('special tokens of the configuration, as texts', async () => {
    const config = {
      bos_token: { content: '<|endoftext|>' },
      unk_token: null,
      extra_special_tokens: ['<|im_end|>'],
    };
    const template =
      '{{ bos_token }}{{ eos_token }}{{ unk_token is defined }}{{ extra_special_tokens[0] }}{{ add_generation_prompt }}';
    expect(await shown(template, [user('')], { config })).toBe('<|endoftext|><|im_end|>false<|im_end|>true');
  });

  test('the beginning of text is written once where the template writes it, and never where it does not', async () => {
    const pieces = await openFolder(fixtureFolder('pieces'));
    const ids = [...pieces.renderPrompt([user('Hello')], [])];
    expect(ids[0]).toBe(1);
    expect(ids.filter((id) => id === 1)).toHaveLength(1);
    const without = await openChanged('pieces', {
      template: '{% for m in messages %}{{ m.content }}<end_of_turn>{% endfor %}',
    });
    expect([...without.renderPrompt([user('Hello')], [])]).not.toContain(1);
  });

  test('the day is the same every day', async () => {
    const template = "{{ strftime_now('%d %b %Y, %A %H:%M %-d %q %%') }}";
    expect(await shown(template, [user('')])).toBe('26 Jul 2024, Friday 12:00 26 %q %');
  });

  test('ranges, namespaces, macros and constants', async () => {
    const template =
      '{% macro twice(x) %}{{ x }}{{ x }}{% endmacro %}{% set ns = namespace(n=0) %}{% for i in range(1, 4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}{{ twice("a") }}{{ none is none and True }}{{ range(5, 0, -2) | list | tojson }}';
    expect(await shown(template, [user('')])).toBe('6aatrue[5, 3, 1]');
  });

  test('a range that never ends is refused', async () => {
    for (const range of ['range(3000000)', 'range(1, 9, 0)']) {
      const template = `{{ ${range} | length if messages[0].content == 'go' }}<|im_end|>`;
      await expect(shown(template, [user('go')])).rejects.toMatchObject({ code: 'invalid_input' });
    }
    expect(await shown('{{ range(9, 1) | length }}', [user('go')])).toBe('0');
  });

  test('blocks leave no space of their own', async () => {
    expect(await shown('  {% if true %}\n  a\n  {% endif %}\nb\n', [user('')])).toBe('  a\nb');
  });

  test('the template for tools is taken where there are tools', async () => {
    const tokenizer = await openFolder(fixtureFolder('pieces'));
    const withTools = tokenizer.decode(tokenizer.renderPrompt([user('Hello')], [weather]));
    expect(withTools).toContain('get_weather;');
    expect(promptOf(tokenizer, [user('Hello')])).not.toContain('get_weather');
  });

  test('a template file goes before the one of the configuration', async () => {
    const tokenizer = await openChanged('chatml', {
      files: { 'chat_template.jinja': '{{ messages[0].content }}<|im_end|>' },
    });
    expect(promptOf(tokenizer, [user('alone')])).toBe('alone<|im_end|>');
  });
});

describe('templates that refuse', () => {
  const turn = (role: string, text: string): string => `<start_of_turn>${role}\n${text}<end_of_turn>\n`;
  const open = '<start_of_turn>model\n';

  test.each<[string, readonly ModelMessage[], string]>([
    [
      'a system message goes before what the person says',
      [system('Be kind.'), user('Hello')],
      turn('user', 'Be kind.\n\nHello') + open,
    ],
    [
      'neighbours of one role become one',
      [user('One'), user('Two'), assistant('A'), assistant('B'), user('Three')],
      turn('user', 'One\n\nTwo') + turn('model', 'A\n\nB') + turn('user', 'Three') + open,
    ],
    [
      'both',
      [system('Be kind.'), system('Be short.'), user('One'), user('Two')],
      turn('user', 'Be kind.\n\nBe short.\n\nOne\n\nTwo') + open,
    ],
    [
      'a system message later on',
      [user('One'), assistant('A'), system('Now shout.'), user('Two')],
      turn('user', 'One') + turn('model', 'A') + turn('user', 'Now shout.\n\nTwo') + open,
    ],
    ['a system message alone', [system('Write a poem.')], turn('user', 'Write a poem.') + open],
  ])('%s', async (_, messages, prompt) => {
    const tokenizer = await openFolder(fixtureFolder('pieces'));
    expect(promptOf(tokenizer, messages)).toBe(`<s> ${prompt}`.replace('<s> ', '<s>'));
  });

  test('a template that takes the talk gets it as it is', async () => {
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    expect(promptOf(tokenizer, [system('Be kind.'), user('One'), user('Two')])).toBe(
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nOne<|im_end|>\n<|im_start|>user\nTwo<|im_end|>\n<|im_start|>assistant\n',
    );
  });

  test('calls of joined answers are kept', async () => {
    const template =
      "{% for m in messages %}{% if not loop.first and m.role == messages[loop.index0 - 1].role and m.role != 'tool' %}{{ raise_exception('in turn') }}{% endif %}{{ m.role }}:{{ m.content }}{% for c in m.tool_calls or [] %}[{{ c.id }}]{% endfor %};{% endfor %}";
    const call = (id: string) => [{ id, name: 'f', argumentsJson: '{}' }];
    const talk: readonly ModelMessage[] = [
      user('q'),
      { role: 'assistant', text: '', toolCalls: call('a') },
      { role: 'assistant', text: 'x', toolCalls: call('b') },
      { role: 'tool', toolCallId: 'a', text: '1' },
      { role: 'tool', toolCallId: 'b', text: '2' },
    ];
    expect(await shown(template, talk)).toBe('user:q;assistant:x[a][b];tool:1;tool:2;');
  });

  test('where nothing helps the reason is told', async () => {
    const tokenizer = await openFolder(fixtureFolder('pieces'));
    expect(() => tokenizer.renderPrompt([assistant('I begin'), user('Hello')], [])).toThrow(
      expect.objectContaining({
        code: 'invalid_input',
        message:
          "The model's chat template refuses these messages: Roles must alternate. Use another template, or begin a new talk.",
      }),
    );
  });
});
