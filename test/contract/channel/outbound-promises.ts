import { expect } from 'vitest';
import type { Document } from '../../../core/domain/document.ts';
import { type ContractRunner, must, rejection, type Stage, saying, words } from './contract-runner.ts';
import { nastyTexts } from './nasty-texts.ts';

/** Every kind of block and inline, each with a word of its own. */
const everything: Document = {
  blocks: [
    { type: 'heading', depth: 1, children: [{ type: 'text', text: 'w-heading' }] },
    {
      type: 'paragraph',
      children: [
        { type: 'text', text: 'w-text ' },
        { type: 'strong', children: [{ type: 'emphasis', children: [{ type: 'text', text: 'w-strong' }] }] },
        { type: 'break' },
        { type: 'strikethrough', children: [{ type: 'text', text: 'w-struck' }] },
        { type: 'code', text: 'w-code' },
        { type: 'link', url: 'https://example.org/?a=1&b="2"', children: [{ type: 'text', text: 'w-link' }] },
      ],
    },
    { type: 'code_block', language: 'ts', text: 'w-block <T>() => {}\n' },
    { type: 'code_block', text: 'w-plain' },
    {
      type: 'quote',
      blocks: [
        { type: 'paragraph', children: [{ type: 'text', text: 'w-quote' }] },
        { type: 'quote', blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'w-inner' }] }] },
      ],
    },
    {
      type: 'list',
      ordered: true,
      start: 7,
      items: [
        {
          blocks: [
            { type: 'paragraph', children: [{ type: 'text', text: 'w-item' }] },
            {
              type: 'list',
              ordered: false,
              start: 1,
              items: [
                {
                  checked: true,
                  blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'w-done' }] }],
                },
                {
                  checked: false,
                  blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'w-open' }] }],
                },
              ],
            },
          ],
        },
      ],
    },
    {
      type: 'table',
      align: ['left', 'right'],
      rows: [
        [[{ type: 'text', text: 'w-head' }], [{ type: 'text', text: 'w-count' }]],
        [[{ type: 'strong', children: [{ type: 'text', text: 'w-cell' }] }], [{ type: 'text', text: '12' }]],
      ],
    },
    { type: 'rule' },
    { type: 'paragraph', children: [{ type: 'text', text: 'w-last' }] },
  ],
};

const everyWord = JSON.stringify(everything).match(/w-[a-z]+/g) ?? [];

/** Literal text of exactly `size` by the channel's own measure. */
function textOfSize(stage: Stage, size: number): Document {
  const body = words(
    'word '
      .repeat(Math.ceil(size / 5))
      .slice(0, size - 1)
      .concat('.'),
  );
  expect(stage.channel.measure(body)).toBe(size);
  return body;
}

export function outboundPromises({ promise }: ContractRunner): void {
  promise('a sent message is shown', async ({ channel, conversation, person }) => {
    const ref = await channel.send(conversation, saying('The answer is 4.'));
    expect(ref.platform).toBe(channel.platform);
    expect(ref.channelId).toBe(conversation.channelId);
    expect(await person.see(ref)).toMatchObject({ text: 'The answer is 4.', markup: [] });
    expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['The answer is 4.']);
  });

  promise(
    'an edit replaces the message',
    async ({ channel, conversation, person }) => {
      const actions = [[{ actionId: 'stop', label: 'Stop' }]];
      const ref = await channel.send(conversation, saying('Thinking', { actions, final: false }));
      await channel.edit(ref, saying('Thinking harder', { final: false }));
      await channel.edit(ref, saying('Done.'));
      expect(await person.see(ref)).toMatchObject({ text: 'Done.', actionIds: [] });
      expect((await person.seeAll()).length).toBe(1);
    },
    ['canEdit'],
  );

  promise(
    'an edit that changes nothing resolves',
    async ({ channel, conversation, person }) => {
      const ref = await channel.send(conversation, saying('Same'));
      await channel.edit(ref, saying('Same'));
      await channel.edit(ref, saying('Same'));
      expect((await person.see(ref))?.text).toBe('Same');
    },
    ['canEdit'],
  );

  promise(
    'an edit of a removed message is not_found',
    async ({ channel, conversation, person }) => {
      const ref = await channel.send(conversation, saying('Soon gone'));
      await channel.remove(ref);
      expect(await person.see(ref)).toBeUndefined();
      const error = await rejection(() => channel.edit(ref, saying('Too late')), 'not_found');
      expect(error.retryable).toBe(false);
      expect(await person.seeAll()).toEqual([]);
    },
    ['canEdit', 'canRemove'],
  );

  promise('text at the limit is shown whole, over it is invalid_input', async (stage) => {
    const { channel, conversation, person } = stage;
    const limit = channel.capabilities.maxTextChars;
    const whole = textOfSize(stage, limit);
    const ref = await channel.send(conversation, { body: whole, sendKey: 'whole' });
    expect((await person.see(ref))?.text.length).toBe(limit);
    for (const size of [limit + 1, limit * 10]) {
      const body = textOfSize(stage, size);
      await rejection(() => channel.send(conversation, { body, sendKey: `over-${size}` }), 'invalid_input');
      if (channel.capabilities.canEdit) {
        await rejection(() => channel.edit(ref, { body, sendKey: `over-edit-${size}` }), 'invalid_input');
      }
    }
    expect((await person.seeAll()).length).toBe(1);
  });

  promise('literal text never becomes markup', async ({ channel, conversation, person }) => {
    for (const text of nastyTexts) {
      const ref = await channel.send(conversation, saying(text));
      expect(await person.see(ref)).toMatchObject({ text, markup: [] });
    }
  });

  promise('no text of a document is lost', async ({ channel, conversation, person }) => {
    const ref = await channel.send(conversation, { body: everything, sendKey: 'everything' });
    const seen = await person.see(ref);
    expect(everyWord.filter((word) => !seen?.text.includes(word))).toEqual([]);
    expect(seen?.text).toContain('<T>() => {}');
    expect(channel.measure(everything)).toBeGreaterThan(everyWord.join('').length);
    expect(channel.measure({ blocks: [] })).toBeLessThanOrEqual(channel.capabilities.maxTextChars);
  });

  promise('messages appear in the order of the calls', async ({ channel, conversation, person }) => {
    const texts = ['1', '2', '3', '4', '5', '6', '7', '8'];
    await Promise.all(texts.map((text) => channel.send(conversation, saying(text))));
    expect((await person.seeAll()).map((seen) => seen.text)).toEqual(texts);
  });

  promise(
    'edits and sends of one conversation keep their order',
    async ({ channel, conversation, person }) => {
      const history = must(person.history, 'person.history');
      const old = await channel.send(conversation, saying('old'));
      await Promise.all([
        channel.send(conversation, saying('1')),
        channel.edit(old, saying('old, once')),
        channel.send(conversation, saying('2')),
        channel.edit(old, saying('old, twice')),
        channel.edit(old, saying('old, thrice')),
        channel.send(conversation, saying('3')),
      ]);
      expect(await history()).toEqual(['old', '1', 'old, once', '2', 'old, twice', 'old, thrice', '3']);
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['old, thrice', '1', '2', '3']);
    },
    ['canEdit'],
  );

  promise('a command is answered', async ({ channel, person, inbox }) => {
    for (const [index, isPrivate] of [false, true].entries()) {
      await person.command('help');
      const event = await inbox.nth('command_invoked', index);
      await channel.respond(event.interaction, { kind: 'defer', private: isPrivate });
      const message = saying(`Here is help ${index}.`);
      await channel.respond(event.interaction, { kind: 'message', message, private: isPrivate });
      const texts = (await person.seeAll()).map((seen) => seen.text);
      expect(texts).toContain(`Here is help ${index}.`);
    }
    expect(inbox.events.length).toBe(2);
  });

  promise('an answer to a command may be as long as a message', async (stage) => {
    const { channel, person, inbox } = stage;
    const limit = channel.capabilities.maxTextChars;
    await person.command('help');
    const { interaction } = await inbox.nth('command_invoked');
    const answer = (size: number) =>
      channel.respond(interaction, {
        kind: 'message',
        message: { body: textOfSize(stage, size), sendKey: `answer-${size}` },
        private: false,
      });
    await rejection(() => answer(limit + 1), 'invalid_input');
    await answer(limit);
    expect((await person.seeAll()).map((seen) => seen.text.length)).toEqual([limit]);
  });

  promise(
    'a press is answered',
    async ({ channel, conversation, person, inbox }) => {
      const actions = [[{ actionId: 'turn.retry', label: 'Retry' }]];
      const ref = await channel.send(conversation, saying('It failed.', { actions }));
      await must(person.press, 'person.press')(ref, 'turn.retry');
      const event = await inbox.nth('action_invoked');
      await channel.respond(event.interaction, { kind: 'defer', private: true });
      const message = saying('Trying again.');
      await channel.respond(event.interaction, { kind: 'message', message, private: false });
      expect((await person.seeAll()).map((seen) => seen.text)).toContain('Trying again.');
    },
    ['canShowActions'],
  );

  promise(
    'own reaction',
    async ({ channel, person, inbox }) => {
      const ref = await person.say('thanks');
      await inbox.nth('message_received');
      await channel.react(ref, '👍');
      await channel.react(ref, undefined);
      await person.say('sentinel');
      await inbox.nth('message_received', 1);
      expect(inbox.events.filter((event) => event.type !== 'message_received')).toEqual([]);
    },
    ['canReact'],
  );

  promise(
    'activity',
    async ({ channel, conversation, person }) => {
      await channel.activity(conversation, 'thinking');
      await channel.activity(conversation, 'idle');
      expect(await person.seeAll()).toEqual([]);
    },
    ['canShowActivity'],
  );

  promise(
    'commands are registered',
    async ({ channel }) => {
      const commands = [
        { name: 'help', summary: 'What I can do' },
        { name: 'skill', summary: 'Skills: list, show, search' },
      ];
      await channel.registerCommands(commands);
      await channel.registerCommands(commands);
      expect(channel.capabilities.commandPrefix).not.toBe('');
    },
    ['canRegisterCommands'],
  );

  promise(
    'send keys show a message once',
    async ({ channel, conversation, person }) => {
      const message = saying('Only once');
      const first = await channel.send(conversation, message);
      expect(await channel.send(conversation, message)).toEqual(first);
      expect((await person.seeAll()).length).toBe(1);
    },
    ['hasSendKeys'],
  );
}
