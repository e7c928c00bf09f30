import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commandMenu } from '../../../adapters/telegram/command-menu.ts';
import {
  editPayloads,
  measureDocument,
  reactionPayload,
  sendPayloads,
  telegramCapabilities,
} from '../../../adapters/telegram/outbound.ts';
import { cleanText, renderDocument } from '../../../adapters/telegram/render-html.ts';
import type { Block } from '../../../core/domain/document.ts';
import { detectEntities, normalise, parseHtml } from '../../fakes/telegram/html-entities.ts';
import { nastyDocument, nastyWords, paragraph, says, text } from '../nasty-documents.ts';

const html = (...blocks: Block[]): string => renderDocument({ blocks }).html;
const ref = { platform: 'telegram', channelId: '42', messageId: '7' };

describe('rendering', () => {
  test.each<[string, Block[], string]>([
    ['literal text', [paragraph(text('a < b && c > "d"'))], 'a &lt; b &amp;&amp; c &gt; "d"'],
    [
      'inline styles',
      [
        paragraph(
          { type: 'strong', children: [text('b'), { type: 'emphasis', children: [text('i')] }] },
          { type: 'strikethrough', children: [text('s')] },
          { type: 'break' },
          { type: 'code', text: '<c>' },
        ),
      ],
      '<b>b<i>i</i></b><s>s</s>\n<code>&lt;c&gt;</code>',
    ],
    [
      'a heading',
      [{ type: 'heading', depth: 2, children: [text('Title')] }, paragraph(text('x'))],
      '<b>Title</b>\n\nx',
    ],
    [
      'code with its language',
      [{ type: 'code_block', language: 'ts', text: 'a<b>\n\tc\n' }],
      '<pre><code class="language-ts">a&lt;b&gt;\n    c</code></pre>',
    ],
    ['code with an odd language', [{ type: 'code_block', language: '"><b>', text: 'x' }], '<pre>x</pre>'],
    [
      'quotes, the inner ones by a sign',
      [
        {
          type: 'quote',
          blocks: [paragraph(text('a')), { type: 'quote', blocks: [paragraph(text('b\nc'))] }],
        },
      ],
      '<blockquote>a\n\n&gt; b\n&gt; c</blockquote>',
    ],
    [
      'lists in lists',
      [
        {
          type: 'list',
          ordered: true,
          start: 9,
          items: [
            {
              blocks: [
                paragraph(text('one')),
                { type: 'list', ordered: false, start: 1, items: [{ blocks: [paragraph(text('x\ny'))] }] },
              ],
            },
            { blocks: [paragraph(text('two'))] },
          ],
        },
      ],
      '9. one\n   • x\n      y\n10. two',
    ],
    [
      'tasks',
      [
        {
          type: 'list',
          ordered: false,
          start: 1,
          items: [
            { checked: true, blocks: [paragraph(text('done'))] },
            { checked: false, blocks: [paragraph(text('open'))] },
          ],
        },
      ],
      '☑ done\n☐ open',
    ],
    [
      'a table, aligned',
      [
        {
          type: 'table',
          align: ['none', 'right'],
          rows: [
            [[text('Name')], [text('N')]],
            [[{ type: 'strong', children: [text('a & b')] }], [text('12')]],
          ],
        },
      ],
      '<pre>Name  |  N\n------+---\na &amp; b | 12</pre>',
    ],
    ['a rule', [paragraph(text('a')), { type: 'rule' }, paragraph(text('b'))], 'a\n\n———\n\nb'],
    [
      'a web link',
      [paragraph({ type: 'link', url: 'https://x.example/?a=1&b="2"', children: [text('here')] })],
      '<a href="https://x.example/?a=1&amp;b=&quot;2&quot;">here</a>',
    ],
    [
      'a mail address under other words',
      [paragraph({ type: 'link', url: 'mailto:ada@x.example', children: [text('write me')] })],
      'write me (ada@x.example)',
    ],
    [
      'a mail address as itself',
      [paragraph({ type: 'link', url: 'mailto:ada@x.example', children: [text('ada@x.example')] })],
      'ada@x.example',
    ],
    [
      'a link that would mention somebody',
      [paragraph({ type: 'link', url: 'tg://user?id=42', children: [text('you')] })],
      'you',
    ],
    [
      'a link without words',
      [paragraph({ type: 'link', url: 'https://x.example', children: [] })],
      '<a href="https://x.example">https://x.example</a>',
    ],
  ])('%s', (_, blocks, expected) => {
    const rendered = html(...blocks);
    expect(rendered).toBe(expected);
    const parsed = parseHtml(rendered);
    expect(parsed.text).toBe(renderDocument({ blocks }).text);
  });

  test('the measure is in UTF-16 code units of what is shown, markup aside', () => {
    expect(measureDocument({ blocks: [] })).toBe(0);
    expect(measureDocument(says('a&b<'))).toBe(4);
    expect(measureDocument(says('👍'))).toBe(2);
    expect(measureDocument({ blocks: [paragraph({ type: 'strong', children: [text('bold')] })] })).toBe(4);
  });
});

describe('payloads', () => {
  test('a send names chat, topic and reply, shows no preview and stays without what is not asked for', () => {
    const message = { body: says('hi'), sendKey: 'k' };
    expect(sendPayloads({ chatId: '-100123' }, message).html).toEqual({
      chat_id: -100_123,
      text: 'hi',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
    });
    const replyTo = { ...ref, channelId: '-100123' };
    const actions = [[{ actionId: 'stop', label: 'Stop' }], []];
    expect(
      sendPayloads({ chatId: '-100123', threadId: '5' }, { ...message, replyTo, actions }).plain,
    ).toEqual({
      chat_id: -100_123,
      message_thread_id: 5,
      text: 'hi',
      link_preview_options: { is_disabled: true },
      reply_parameters: { message_id: 7, allow_sending_without_reply: true },
      reply_markup: { inline_keyboard: [[{ text: 'Stop', callback_data: 'stop' }]] },
    });
    // A message of another chat cannot be replied to here.
    expect(sendPayloads({ chatId: '5' }, { ...message, replyTo }).html).not.toHaveProperty(
      'reply_parameters',
    );
  });

  test('what Telegram would refuse is refused before the call', () => {
    const refused = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return error instanceof Error && 'code' in error ? String(error.code) : 'other';
      }
      return 'accepted';
    };
    const place = { chatId: '42' };
    const over = says('x'.repeat(4_097));
    const longAction = [[{ actionId: 'é'.repeat(33), label: 'x' }]];
    expect(refused(() => sendPayloads(place, { body: says('x'.repeat(4_096)), sendKey: 'k' }))).toBe(
      'accepted',
    );
    expect(refused(() => sendPayloads(place, { body: over, sendKey: 'k' }))).toBe('invalid_input');
    expect(refused(() => editPayloads(ref, { body: over, sendKey: 'k' }))).toBe('invalid_input');
    expect(refused(() => sendPayloads(place, { body: { blocks: [] }, sendKey: 'k' }))).toBe('invalid_input');
    expect(refused(() => sendPayloads(place, { body: says(' \n '), sendKey: 'k' }))).toBe('invalid_input');
    expect(refused(() => sendPayloads({ chatId: '@name' }, { body: says('x'), sendKey: 'k' }))).toBe(
      'invalid_input',
    );
    expect(refused(() => sendPayloads(place, { body: says('x'), sendKey: 'k', actions: longAction }))).toBe(
      'invalid_input',
    );
  });

  test('reactions: one emoji, a custom one, none', () => {
    expect(reactionPayload(ref, '👍')).toEqual({
      chat_id: 42,
      message_id: 7,
      reaction: [{ type: 'emoji', emoji: '👍' }],
    });
    expect(reactionPayload(ref, ':53:')).toMatchObject({
      reaction: [{ type: 'custom_emoji', custom_emoji_id: '53' }],
    });
    expect(reactionPayload(ref, undefined)).toMatchObject({ reaction: [] });
  });

  test('the menu holds what Telegram can show and says what it left out', () => {
    const menu = commandMenu([
      { name: 'help', summary: ' What I can do ' },
      { name: 'skill-list', summary: 'x'.repeat(400) },
      { name: 'ünicode', summary: 'no' },
      { name: 'a'.repeat(33), summary: 'no' },
      { name: 'empty', summary: ' ' },
    ]);
    expect(menu.menus[0]?.commands).toEqual([
      { command: 'help', description: 'What I can do' },
      { command: 'skill_list', description: 'x'.repeat(256) },
    ]);
    expect([...menu.names]).toEqual([['skill_list', 'skill-list']]);
    expect(menu.leftOut).toEqual(['ünicode', 'a'.repeat(33), 'empty']);
    const many = Array.from({ length: 120 }, (_, index) => ({ name: `c${index}`, summary: 's' }));
    expect(commandMenu(many).menus[0]?.commands.length).toBe(100);
  });

  test('the capabilities agree with each other', () => {
    expect(telegramCapabilities).toMatchObject({
      maxTextChars: 4_096,
      hasSendKeys: false,
      canStreamNatively: false,
      canReadThreads: false,
    });
  });
});

describe('anything at all', () => {
  const ownTypes = new Set(['bold', 'italic', 'strikethrough', 'code', 'pre', 'blockquote', 'text_link']);

  test('any tree is read by Telegram as exactly the text that was measured, with our markup and no other', () => {
    fc.assert(
      fc.property(nastyDocument, (document) => {
        const rendered = renderDocument(document);
        const parsed = parseHtml(rendered.html);
        expect(parsed.text).toBe(rendered.text);
        expect(normalise(parsed).text).toBe(rendered.text.replaceAll(/^[ \n]+|[ \n]+$/g, ''));
        for (const entity of parsed.entities) {
          expect(ownTypes).toContain(entity.type);
          if (entity.type === 'text_link') expect(entity.url).toMatch(/^https?:\/\//);
        }
      }),
      { numRuns: 10_000 },
    );
  });

  test('any words of plain paragraphs arrive as they are, without any markup', () => {
    fc.assert(
      fc.property(fc.array(nastyWords, { maxLength: 6 }), (parts) => {
        const whole = parts.join('');
        const parsed = parseHtml(renderDocument(says(whole)).html);
        // A joiner keeps words behind an @ from calling somebody.
        expect(parsed.text.replaceAll('@\u2060', '@')).toBe(cleanText(whole).replaceAll('@\u2060', '@'));
        expect(parsed.entities).toEqual([]);
        expect(detectEntities(parsed.text).filter(({ type }) => type === 'mention')).toEqual([]);
      }),
      { numRuns: 10_000 },
    );
  });

  test('cleaning keeps every character that Telegram keeps', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const kept = [...value]
          .filter((char) => !/[\r\u2028-\u202e]/.test(char))
          .map((char) => (/\p{Cc}/u.test(char) && char < ' ' && char !== '\n' ? ' ' : char));
        expect(cleanText(value)).toBe(kept.join(''));
      }),
      { numRuns: 10_000 },
    );
  });
});
