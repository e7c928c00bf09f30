import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeText, mentionedUsers, type TextNames } from '../../../adapters/slack/slack-text.ts';

const names: TextNames = {
  botUserId: 'U0BOT',
  displayNameOf: (userId) => ({ U0ADA: 'Ada Lovelace', U0BAD: '<!channel>' })[userId],
};
const words = (raw: string): string => decodeText(raw, names).text;
/** What Slack asks senders to escape: https://docs.slack.dev/messaging/formatting-message-text#escaping */
const escapeForSlack = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

describe('decoding', () => {
  test.each([
    ['plain words', 'Hello, *world*', 'Hello, *world*'],
    ['escapes, once', 'a &lt;b&gt; &amp;amp; &amp;lt; &quot;', 'a <b> &amp; &lt; &quot;'],
    ['a person', 'ask <@U0ADA>!', 'ask @Ada Lovelace!'],
    ['a person with a label', 'ask <@U0NEW|new>', 'ask @new'],
    ['a person whom we know better', 'ask <@U0ADA|ada>', 'ask @Ada Lovelace'],
    ['a person of an organisation', 'ask <@W0NEW|will>', 'ask @will'],
    ['a person without a name', 'ask <@U0NEW>', 'ask @Somebody'],
    ['a name that looks like markup', 'ask <@U0BAD>', 'ask @<!channel>'],
    ['a channel', 'see <#C1|general>', 'see #general'],
    ['a channel without a name', 'see <#C1> and <#C1|>', 'see #C1 and #C1'],
    ['everybody', '<!here> <!channel> <!everyone|@everyone>', '@here @channel @everyone'],
    ['a group', 'ask <!subteam^S1|@ops> or <!subteam^S2>', 'ask @ops or @S2'],
    ['a date', 'due <!date^1392734382^{date_num}^https://a.example|18 Feb>', 'due 18 Feb'],
    ['something special of tomorrow', '<!shout^x|Loud> <!shout>', 'Loud @shout'],
    ['a link', 'see <https://a.example/?a=1&amp;b=2>', 'see https://a.example/?a=1&b=2'],
    ['a link with a label', '<https://a.example|the &lt;site&gt;>', 'the <site> (https://a.example)'],
    ['a link that is its label', '<https://a.example|https://a.example>', 'https://a.example'],
    ['an address that Slack made a link of', '<http://a.example|a.example>', 'a.example'],
    [
      'a label that is another address',
      '<https://evil.example|https://bank.example>',
      'https://bank.example (https://evil.example)',
    ],
    ['a mail address', '<mailto:ada@a.example|ada@a.example>', 'ada@a.example'],
    ['a telephone number', '<tel:123|123>', '123'],
    ['brackets of nobody', 'a < b > c <> <b> <@> <|> <!>', 'a < b > c <> <b> <@> <|> <!>'],
    ['an open bracket', 'a <@U0ADA', 'a <@U0ADA'],
    ['brackets in brackets', '<<@U0ADA>>', '<@Ada Lovelace>'],
    ['code', '`&lt;@U0ADA&gt;`', '`<@U0ADA>`'],
  ])('%s', (_, raw, text) => {
    expect(words(raw)).toBe(text);
  });

  test.each([
    ['at the start', '<@U0BOT> what is up?', 'what is up?'],
    ['with a comma', '<@U0BOT>, what is up?', 'what is up?'],
    ['with a label', '<@U0BOT|metaclaw>: what is up?', 'what is up?'],
    ['after a space that does not break', '<@U0BOT>\u00A0what is up?', 'what is up?'],
    ['before a new line', '<@U0BOT>\nwhat is up?', 'what is up?'],
    ['in the middle', 'so <@U0BOT> what is up?', 'so what is up?'],
    ['before a comma', 'so <@U0BOT>, what is up?', 'so, what is up?'],
    ['at the end', 'what is up <@U0BOT>', 'what is up'],
    ['at the end of a question', 'what is up <@U0BOT>?', 'what is up?'],
    ['twice', '<@U0BOT> <@U0BOT> what is up <@U0BOT>', 'what is up'],
    ['alone', '<@U0BOT>', ''],
    ['within a word', 'a<@U0BOT>b', 'ab'],
  ])("the bot's own mention %s is cut out", (_, raw, text) => {
    expect(decodeText(raw, names)).toMatchObject({ text, mentionsBot: true });
  });

  test.each([
    ['<@U0ADA> you?', true],
    [' \n<@U0ADA> you?', true],
    ['<!subteam^S1|@ops> you?', true],
    ['<!channel> all', true],
    ['you, <@U0ADA>?', false],
    ['<@U0BOT> and <@U0ADA>', false],
    ['<#C1|general> and <@U0ADA>', false],
    ['<!date^1^x|today> <@U0ADA>', false],
    ['', false],
  ])('%j begins with somebody else: %s', (raw, begins) => {
    expect(decodeText(raw, names).beginsWithOther).toBe(begins);
  });

  test('gives back whatever was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(decodeText(escapeForSlack(text), names)).toEqual({
          text,
          mentionsBot: false,
          beginsWithOther: false,
        });
      }),
      { numRuns: 10_000 },
    );
  });

  const scrap = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '&',
      '|',
      '!',
      '@',
      '#',
      '^',
      ';',
      ' ',
      '\n',
      '&lt;',
      '&amp;',
      '<@U0BOT>',
      '<@U0ADA|',
      '<!date^',
      '<https://a',
      'U0BOT',
      'mailto:',
    ),
    fc.string({ unit: 'binary', maxLength: 4 }),
  );
  const rubble = fc.array(scrap, { maxLength: 20 }).map((parts) => parts.join(''));

  test('takes anything, and knows the people in it', () => {
    fc.assert(
      fc.property(rubble, (raw) => {
        const { text, mentionsBot } = decodeText(raw, names);
        expect(typeof text).toBe('string');
        expect(mentionedUsers(raw).includes('U0BOT')).toBe(mentionsBot);
        expect(text).not.toContain('<@U0BOT>');
      }),
      { numRuns: 10_000 },
    );
  });

  test('takes long nonsense in its stride', () => {
    for (const piece of ['<', '<@', '&', '<!a^', '<@U0BOT> ']) {
      expect(words(piece.repeat(20_000)).length).toBeLessThanOrEqual(piece.length * 20_000);
    }
  });
});

test('mentioned users come once, in order', () => {
  expect(mentionedUsers('<@U2> <@U1|x> <@U2> &lt;@U3&gt; <@nobody>')).toEqual(['U2', 'U1']);
});
