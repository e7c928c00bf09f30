import { describe, expect, test } from 'vitest';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { readMarkdown } from './discord-markdown.ts';

describe('what Discord takes for markup', () => {
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ['plain words, 2 * 3 = 6', 'plain words, 2 * 3 = 6', []],
    ['**bold** and *it* and _it_', 'bold and it and it', ['bold', 'italic', 'italic']],
    ['***both***', 'both', ['bold', 'italic']],
    ['__under__ ~~gone~~ ||hidden||', 'under gone hidden', ['underline', 'strike', 'spoiler']],
    ['snake_case_name and a_b', 'snake_case_name and a_b', []],
    ['\\*not\\* \\_it\\_ \\~~x~~', '*not* _it_ ~~x~~', []],
    ['**a _b_**', 'a b', ['bold', 'italic']],
    ['`code *x*` and ``a ` b``', 'code *x* and a ` b', ['code', 'code']],
    ['```ts\nlet x = *1*;\n```\nafter', 'let x = *1*;\nafter', ['pre']],
    ['```only this```', 'only this', ['pre']],
    ['# Title\ntext', 'Title\ntext', ['heading']],
    ['### Third', 'Third', ['heading']],
    ['#### Fourth', '#### Fourth', []],
    ['a # b', 'a # b', []],
    ['\\# no', '# no', []],
    ['-# small', 'small', ['subtext']],
    ['- one\n- two\n  - three', 'one\ntwo\nthree', ['list', 'list', 'list']],
    ['1. one\n2\\. two', 'one\n2. two', ['list']],
    ['> said\nnot said', 'said\nnot said', ['quote']],
    ['>>> all\nof it', 'all\nof it', ['quote']],
    ['> # loud', 'loud', ['quote', 'heading']],
    ['a > b', 'a > b', []],
    ['<@1> <@!2> <@&3> <#4>', '@1 @2 @&3 #4', ['mention', 'mention', 'role', 'channel']],
    ['@everyone @here', '@everyone @here', ['broadcast', 'broadcast']],
    ['\\@everyone \\<@1>', '@everyone <@1>', []],
    ['<:party:12> :tada: at 12:30:45', ':party: :tada: at 12:30:45', ['emoji', 'emoji']],
    ['<t:1700000000:R>', '1700000000', ['timestamp']],
    ['</skill list:77>', '/skill list', ['command']],
    ['discord.gg/abc', 'discord.gg/abc', ['invite']],
    ['\\', '\\', []],
  ];
  test.each(cases)('%j', (source, text, markup) => {
    expect(readMarkdown(source)).toMatchObject({ text, markup });
  });

  test('links, their labels and where they stand', () => {
    expect(
      readMarkdown(
        'see [the *docs*](https://example.org/a_(b) "Title"), <https://b.example> https://c.example.',
      ),
    ).toEqual({
      text: 'see the docs, https://b.example https://c.example.',
      markup: ['link', 'italic', 'link', 'link'],
      links: [
        { from: 4, to: 12, url: 'https://example.org/a_(b)' },
        { from: 14, to: 31, url: 'https://b.example' },
        { from: 32, to: 49, url: 'https://c.example' },
      ],
    });
    expect(readMarkdown('[you](tg://user?id=1) \\[a](https://b.example) https:\\//c.example').markup).toEqual(
      ['link'],
    );
    expect(readMarkdown('[a](javascript:alert(1))').links).toEqual([]);
  });

  test('nasty words with every sign escaped are nothing but words', () => {
    for (const text of nastyTexts) {
      const escaped = text.replaceAll(/[^\p{L}\p{N}\s\p{M}\p{Cf}\p{So}\p{Emoji_Modifier}]/gu, '\\$&');
      expect(readMarkdown(escaped)).toMatchObject({ text, markup: [] });
    }
  });
});
