import { describe, expect, test } from 'vitest';
import { readMarkdown } from './markdown-text.ts';
import { readMrkdwn } from './mrkdwn.ts';
import { clientOf, withFakeSlack } from './slack-rig.ts';

describe('mrkdwn', () => {
  test.each([
    ['plain words, 2 * 3 * 4 and snake_case_name', [], 'plain words, 2 * 3 * 4 and snake_case_name'],
    ['*bold* _it_ ~st~ `code`', ['bold', 'italic', 'strike', 'code'], 'bold it st code'],
    ['*_both_*', ['bold', 'italic'], 'both'],
    ['```\n*x* <!here>\n```', ['pre', 'broadcast'], '\n*x* <!here>\n'],
    ['> quoted\n&gt; too', ['quote', 'quote'], 'quoted\ntoo'],
    ['<@U012AB3CD> <#C012AB|general>', ['mention', 'channel'], '@U012AB3CD #general'],
    ['<!channel> <!subteam^S1|@team>', ['broadcast', 'usergroup'], '@channel @team'],
    ['<https://a.example|click> <mailto:a@b.example>', ['link', 'link'], 'click mailto:a@b.example'],
    ['&lt;!channel&gt; &amp;lt;', [], '<!channel> &lt;'],
    ['<b>x</b> <U012>', [], '<b>x</b> <U012>'],
    [':tada: 10:30:45', ['emoji'], ':tada: 10:30:45'],
  ])('%j', (raw, markup, text) => {
    const read = readMrkdwn(raw);
    expect([...read.markup].toSorted()).toEqual([...markup].toSorted());
    expect(read.text).toBe(text);
  });

  test('bare names ping only where the call asks for it', () => {
    expect(readMrkdwn('@here @ann').markup).toEqual([]);
    expect(readMrkdwn('@here @ann', { linksNames: true }).markup).toEqual(['broadcast', 'mention']);
  });
});

describe('Markdown', () => {
  test.each([
    ['**b** _i_ ~~s~~ `c`', ['bold', 'code', 'italic', 'strike'], 'b i s c'],
    ['# head\n\n- a\n- b', ['heading', 'list'], 'head\na\nb'],
    ['[a](https://a.example) https://b.example', ['link'], 'a https://b.example'],
    [
      '<!channel> \\<@U012AB3CD> `<!here>`',
      ['broadcast', 'broadcast', 'code', 'mention'],
      '<!channel> <@U012AB3CD> <!here>',
    ],
    ['&lt;!channel&gt; `&lt;!here&gt;`', ['code'], '<!channel> <!here>'],
  ])('%j', (raw, markup, text) => {
    const read = readMarkdown(raw);
    expect([...read.markup].toSorted()).toEqual([...markup].toSorted());
    expect(read.text).toBe(text);
  });
});

describe('blocks', () => {
  test('literal text is literal, markup is told, and so is what the notification would ping', () =>
    withFakeSlack({}, async (slack) => {
      const ann = slack.person();
      const { ts = '' } = await clientOf(slack).chat.postMessage({
        channel: ann.dm.id,
        text: 'fallback <!channel>',
        blocks: [
          {
            type: 'rich_text',
            elements: [
              {
                type: 'rich_text_section',
                elements: [
                  { type: 'text', text: '*literal* <!channel> ' },
                  { type: 'text', text: 'bold', style: { bold: true, italic: false } },
                  { type: 'link', url: 'https://a.example', text: 'a' },
                ],
              },
              {
                type: 'rich_text_list',
                style: 'bullet',
                elements: ['one', 'two'].map((text) => ({
                  type: 'rich_text_section' as const,
                  elements: [{ type: 'text' as const, text }],
                })),
              },
            ],
          },
          { type: 'divider' },
          { type: 'table', rows: [['a', 'b'].map((text) => ({ type: 'raw_text' as const, text }))] },
          { type: 'section', text: { type: 'mrkdwn', text: '_it_' } },
        ],
      });
      expect(slack.see(ann, ann.dm.id, ts)).toEqual({
        text: '*literal* <!channel> bolda\none\ntwo\na\tb\nit',
        markup: ['bold', 'link', 'list', 'divider', 'table', 'italic', 'notification:broadcast'],
        actionIds: [],
      });
    }));

  test('private messages are for one person, removed ones for nobody', () =>
    withFakeSlack({}, async (slack) => {
      const client = clientOf(slack);
      const [ann, bob, channel] = [slack.person(), slack.person(), slack.channel()];
      ann.say('hi', channel);
      bob.say('hi', channel);
      const secret = await client.chat.postEphemeral({
        channel: channel.id,
        user: ann.user.id,
        text: 'psst',
      });
      const open = await client.chat.postMessage({ channel: channel.id, text: 'all' });
      expect(slack.seeAll(ann, channel.id).map((seen) => seen.text)).toEqual(['psst', 'all']);
      expect(slack.see(bob, channel.id, secret.message_ts ?? '')).toBeUndefined();
      await client.chat.delete({ channel: channel.id, ts: open.ts ?? '' });
      expect(slack.seeAll(bob, channel.id)).toEqual([]);
    }));
});
