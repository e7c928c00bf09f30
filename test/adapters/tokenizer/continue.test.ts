import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelMessage, ToolSpec } from '../../../core/domain/model.ts';
import type { TokenizerPort } from '../../../core/ports/tokenizer.ts';
import { arbitraryTalk } from '../../contract/tokenizer-talks.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { changedFolder, fixtureFolder, openChanged, openFolder } from './fixture.ts';

const user = (text: string): ModelMessage => ({ role: 'user', text });
const assistant = (text: string): ModelMessage => ({ role: 'assistant', text });

/** The talk after its answer, which is said in these ids; as text. */
function goOn(
  tokenizer: TokenizerPort,
  messages: readonly ModelMessage[],
  answer: readonly number[],
  tools: readonly ToolSpec[] = [],
): string | undefined {
  const at = messages.findIndex(({ role }) => role === 'assistant');
  const prompt = tokenizer.renderPrompt(messages.slice(0, at), tools);
  const given = { prompt, answer: Int32Array.from(answer), messageCount: at };
  const longer = tokenizer.continuePrompt(given, messages, tools);
  if (longer === undefined) return undefined;
  expect([...longer.subarray(0, prompt.length + answer.length)]).toEqual([...prompt, ...answer]);
  return tokenizer.decode(longer.slice(prompt.length));
}

const talk = [user('Hello'), assistant('Hi'), user('Bye')];
const after = '\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n';
const turns = (answer: string, more = ''): string =>
  `{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}${answer}<|im_end|>{{ '\\n' }}{% endfor %}{{ '<|im_start|>assistant\\n${more}' }}`;

describe('a talk goes on', () => {
  test('after the end of an answer, another stop, or none', async () => {
    const tokenizer = await openChanged('chatml', {
      files: { 'generation_config.json': '{"eos_token_id": [602, 600]}' },
    });
    expect(tokenizer.stopIds).toEqual([602, 600]);
    const said = [...tokenizer.encode('Hi')];
    expect(goOn(tokenizer, talk, [...said, 602])).toBe(`Hi<|im_end|>${after}`);
    expect(goOn(tokenizer, talk, [...said, 600])).toBe(`Hi<|endoftext|><|im_end|>${after}`);
    expect(goOn(tokenizer, talk, said)).toBe(`Hi<|im_end|>${after}`);
    expect(goOn(tokenizer, talk, [])).toBe(`<|im_end|>${after}`);
  });

  test('with its ids, even where the tokenizer would take others for the same text', async () => {
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    const letters = [...'the'].flatMap((letter) => [...tokenizer.encode(letter)]);
    expect(letters).not.toEqual([...tokenizer.encode('the')]);
    expect(goOn(tokenizer, talk, [...letters, 602])).toBe(`the<|im_end|>${after}`);
  });

  test('after calls, with their results; what the message says of the answer does not matter', async () => {
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    const weather = { name: 'f', description: '', parameters: {} };
    const messages: readonly ModelMessage[] = [
      user('Weather?'),
      { role: 'assistant', text: '', toolCalls: [{ id: 'a', name: 'f', argumentsJson: '{}' }] },
      { role: 'tool', toolCallId: 'a', text: 'sunny<|im_end|>' },
    ];
    const answer = [605, ...tokenizer.encode('\n{"name": "f", "arguments": {}}\n'), 606, 602];
    expect(goOn(tokenizer, messages, answer, [weather])).toBe(
      '<tool_call>\n{"name": "f", "arguments": {}}\n</tool_call><|im_end|>\n<|im_start|>user\n' +
        '<tool_response>\nsunny<|im_end|>\n</tool_response><|im_end|>\n<|im_start|>assistant\n',
    );
  });

  test('with nothing said since', async () => {
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    expect(goOn(tokenizer, talk.slice(0, 2), [602])).toBe('<|im_end|>\n<|im_start|>assistant\n');
  });

  test('where what the person says holds the characters of a disguise', async () => {
    const tokenizer = await openFolder(fixtureFolder('chatml'));
    const messages = [user('\ue000\ue001'), assistant('\ue000'), user('\ue002\ue000<|im_end|>')];
    expect(goOn(tokenizer, messages, [602])).toBe(
      '<|im_end|>\n<|im_start|>user\n\ue002\ue000<|im_end|><|im_end|>\n<|im_start|>assistant\n',
    );
  });
});

/** A family's way to write a talk, in the fixture's own tokens. */
interface Family {
  readonly template: string;
  /** What follows the prompt of `talk` and the answer `Hi`. */
  readonly since: string;
}

const families: Readonly<Record<string, Family>> = {
  'puts space before answers': {
    template:
      "{% for m in messages %}{% if m.role == 'user' %}{{ '<|im_start|>' + m.content + '<think>' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}{% endfor %}",
    since: 'Hi<|im_end|><|im_start|>Bye<think>',
  },
  'puts space around answers': {
    template:
      "{% for m in messages %}{% if m.role == 'user' %}{{ '[' + m.content | trim + ']' }}{% else %}{{ ' ' + m.content | trim + ' ' + eos_token }}{% endif %}{% endfor %}",
    since: 'Hi<|im_end|>[Bye]',
  },
  'begins reasoning, and leaves it out later': {
    template: turns("{{ m.content.split('</think>')[-1] }}", '<think>\\n'),
    since: `Hi<|im_end|>${after}<think>\n`,
  },
  'writes the reasoning of the last answer alone': {
    template: turns(
      "{% if m.role == 'assistant' and loop.last %}<think>x</think>{% endif %}{{ m.content }}",
      '<think>',
    ),
    since: `Hi<|im_end|>${after}<think>`,
  },
  'says that there was no reasoning': {
    template: turns(
      "{% if m.role == 'assistant' %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{{ m.content }}",
    ),
    since: `Hi<|im_end|>${after}`,
  },
  'says so of answers after the last question alone': {
    template: turns(
      "{% if m.role == 'assistant' and loop.last %}{{ '<think>\\n\\n</think>\\n\\n' }}{% endif %}{{ m.content }}",
    ),
    since: `Hi<|im_end|>${after}`,
  },
};

describe('a talk goes on where the template', () => {
  test.each(Object.entries(families))('%s', async (_, { template, since }) => {
    const tokenizer = await openChanged('chatml', { template });
    expect(goOn(tokenizer, talk, [...tokenizer.encode('Hi'), 602])).toBe(since);
    expect(goOn(tokenizer, talk, [...tokenizer.encode('Hi')])).toBe(since);
    expect(goOn(tokenizer, talk, [...tokenizer.encode('hm'), 604, ...tokenizer.encode('Hi'), 602])).toBe(
      `hm</think>${since}`,
    );
  });

  test.each(Object.entries(families))(
    '%s: whatever is said, turn by turn, what was stays, and what is added is what the whole talk has there',
    async (_, { template }) => {
      const tokenizer = await openChanged('chatml', { template });
      const drawn = fc.array(fc.integer({ min: 0, max: 606 }), { maxLength: 12 });
      fc.assert(
        fc.property(arbitraryTalk(['<|im_end|>', '<think>', '</think>']), drawn, (messages, ids) => {
          const answer = Int32Array.of(...ids, 602);
          let prompt = tokenizer.renderPrompt(messages.slice(0, 1), []);
          for (let at = 1; at + 1 < messages.length; at += 2) {
            const so = messages.slice(0, at + 2);
            const longer = tokenizer.continuePrompt({ prompt, answer, messageCount: at }, so, []);
            if (longer === undefined) throw new Error('it does not go on');
            const kept = prompt.length + answer.length;
            expect([...longer.subarray(0, kept)]).toEqual([...prompt, ...answer]);
            const whole = tokenizer.renderPrompt(so, []);
            const added = longer.subarray(kept - 1);
            expect([...added]).toEqual([...whole.subarray(whole.length - added.length)]);
            prompt = longer;
          }
        }),
        { numRuns: 60 },
      );
    },
  );
});

test('results keep the names of the calls that the answer made', async () => {
  const template = turns("{{ m.name ~ ': ' if m.role == 'tool' }}{{ m.content }}");
  const tokenizer = await openChanged('chatml', { template });
  const messages: readonly ModelMessage[] = [
    user('Weather?'),
    {
      role: 'assistant',
      text: '',
      toolCalls: [
        { id: 'a', name: 'get_weather', argumentsJson: '{}' },
        { id: 'b', name: 'get_time', argumentsJson: '{}' },
      ],
    },
    { role: 'tool', toolCallId: 'a', text: 'sunny' },
    { role: 'tool', toolCallId: 'b', text: 'noon' },
  ];
  const since =
    '\n<|im_start|>tool\nget_weather: sunny<|im_end|>\n<|im_start|>tool\nget_time: noon<|im_end|>\n' +
    '<|im_start|>assistant\n';
  expect(goOn(tokenizer, messages, [602])).toBe(`<|im_end|>${since}`);
  expect(tokenizer.decode(tokenizer.renderPrompt(messages, []))).toContain(since);
});

describe('an opened tokenizer says once after what talks cannot go on', () => {
  test.each<[string, string, readonly string[]]>([
    ['nothing', turns('{{ m.content }}'), []],
    ['calls', turns("{{ raise_exception('no tools') if m.role == 'tool' }}{{ m.content }}"), ['calls']],
    ['answers and calls', turns("{{ '> ' if m.role == 'assistant' }}{{ m.content }}"), ['answers', 'calls']],
  ])('%s', async (_, template, unfinished) => {
    const logger = createMemoryLogger();
    const folder = changedFolder('chatml', { template });
    const tokenizer = await openFolder(folder, { logger });
    goOn(tokenizer, talk, [602]);
    expect(logger.of('tokenizer_cannot_continue').map(({ level, fields }) => ({ level, fields }))).toEqual(
      unfinished.length === 0 ? [] : [{ level: 'info', fields: { folder, after: unfinished } }],
    );
  });
});

describe('a template without such a continuation', () => {
  test.each([
    ['tells the last message in another way', turns("{{ '!' if loop.last }}{{ m.content }}")],
    ['leaves answers out', turns("{{ m.content if m.role == 'user' }}")],
    ['shortens answers', turns('{{ m.content[1:] }}')],
    [
      'says answers twice',
      turns("{{ m.content }}{% if m.role == 'assistant' %}<|im_end|>{{ m.content }}{% endif %}"),
    ],
    ['says more before the answer that is to come', turns('{{ m.content }}', '<think>hm')],
    ['puts something before answers', turns("{{ '> ' if m.role == 'assistant' }}{{ m.content }}")],
    ['puts something after answers', turns("{{ m.content }}{{ '.' if m.role == 'assistant' }}")],
    [
      'ends answers with no token',
      "{% for m in messages %}{{ m.role }}: {{ m.content }}{{ '\\n' }}{% endfor %}assistant: ",
    ],
    ['refuses the talk', turns("{{ raise_exception('no') if loop.index > 2 }}{{ m.content }}")],
  ])('%s', async (_, template) => {
    const tokenizer = await openChanged('chatml', { template });
    expect(goOn(tokenizer, talk, [602])).toBeUndefined();
  });

  test('says so for the talk at hand, not for all', async () => {
    const template = turns("{{ m.content if 'secret' not in messages[-1].content or loop.last else '' }}");
    const tokenizer = await openChanged('chatml', { template });
    expect(goOn(tokenizer, talk, [602])).toBe(`<|im_end|>${after}`);
    expect(goOn(tokenizer, [...talk.slice(0, 2), user('a secret')], [602])).toBeUndefined();
  });
});
