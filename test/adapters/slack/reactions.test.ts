import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emojiNames } from '../../../adapters/slack/emoji-names.ts';
import { reactionName } from '../../../adapters/slack/reactions.ts';
import { defaultPolarity, polarityOf } from '../../../core/feedback/polarity.ts';

describe('short names', () => {
  test.each([
    ['+1', '👍'],
    ['thumbsup', '👍'],
    ['-1', '👎'],
    ['thumbsdown', '👎'],
    ['heart', '❤'],
    ['tada', '🎉'],
    ['100', '💯'],
    ['pray', '🙏'],
    ['clap', '👏'],
    ['white_check_mark', '✅'],
    ['hankey', '💩'],
    ['poop', '💩'],
    ['shit', '💩'],
    ['x', '❌'],
    ['rage', '😡'],
    ['face_with_symbols_on_mouth', '🤬'],
    ['serious_face_with_symbols_covering_mouth', '🤬'],
    ['eyes', '👀'],
    ['thinking_face', '🤔'],
    ['heart_on_fire', '❤‍🔥'],
  ])('%s is %s, with a skin tone too', (name, emoji) => {
    expect(reactionName(name)).toBe(emoji);
    expect(reactionName(`${name}::skin-tone-4`)).toBe(emoji);
    expect(reactionName(`:${name}:`)).toBe(emoji);
  });

  test('every emoji that says something about an answer has a name', () => {
    for (const emoji of Object.keys(defaultPolarity)) {
      const name = emojiNames.get(emoji)?.[0] ?? emoji;
      const back = reactionName(name) ?? '';
      expect(polarityOf({ kind: 'reaction', name: back }, defaultPolarity)).toBe(defaultPolarity[emoji]);
    }
  });

  test.each([
    ['party-parrot', ':party-parrot:'],
    ['日本', ':日本:'],
    ['skin-tone-2', ':skin-tone-2:'],
    ['constructor', ':constructor:'],
    ['thumbsup_all::skin-tone-3', ':thumbsup_all:'],
  ])("a workspace's own %s keeps its name", (name, expected) => {
    expect(reactionName(name)).toBe(expected);
  });

  test.each(['', ':', '::', 'a b', 'a:b', '::skin-tone-2', 'a::skin-tone-9'])('%j is no name', (name) => {
    expect(reactionName(name)).toBe(undefined);
  });

  test('the table is one of names that mean one thing each', () => {
    const all = [...emojiNames.values()].flat();
    expect(new Set(all).size).toBe(all.length);
    expect(emojiNames.size).toBeGreaterThan(400);
    for (const [emoji, names] of emojiNames) {
      expect(emoji).toMatch(/^(?:\p{Emoji}|\u200D|\u20E3)+$/u);
      expect(emoji).not.toMatch(/[\uFE0F\u{1F3FB}-\u{1F3FF}]/u);
      for (const name of names) {
        expect(name).toMatch(/^[a-z0-9_+'-]+$/);
        expect(reactionName(name)).toBe(emoji);
      }
    }
  });

  test('whatever comes as a name, it becomes an emoji or a name between colons, the same each time', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (name) => {
        const read = reactionName(name);
        if (read === undefined) return;
        expect(read).toMatch(/^:[^:\s]+:$|^(?:\p{Emoji}|\u200D|\u20E3)+$/u);
        if (read.startsWith(':')) expect(reactionName(read)).toBe(read);
      }),
      { numRuns: 10_000 },
    );
  });
});
