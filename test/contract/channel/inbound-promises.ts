import { expect } from 'vitest';
import { decodeConversationKey, encodeConversationKey } from '../../../core/domain/conversation.ts';
import type { InboundEvent } from '../../../core/domain/inbound-event.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../../core/domain/outbound-message.ts';
import { type ContractRunner, must, type Stage, saying } from './contract-runner.ts';
import { nastyTexts } from './nasty-texts.ts';

const signals = (stage: Stage) =>
  stage.inbox.events.filter((event) => event.type === 'signal_given' || event.type === 'signal_withdrawn');

/** Signals as `+👍` and `-👍`. */
const marks = (stage: Stage): string[] =>
  signals(stage).map((event) => `${event.type === 'signal_given' ? '+' : '-'}${event.mark.name}`);

function checkBase(stage: Stage, event: InboundEvent): void {
  const { channel, conversation } = stage;
  expect(event.platform).toBe(channel.platform);
  expect(event.spaceId).toBe(conversation.spaceId);
  expect(event.eventId.startsWith(`${channel.platform}:`)).toBe(true);
  expect(Number.isFinite(event.occurredAt)).toBe(true);
  // Epoch milliseconds, not seconds.
  expect(event.occurredAt).toBeGreaterThan(Date.UTC(2001, 8, 9));
}

export function inboundPromises({ promise }: ContractRunner): void {
  promise('a message arrives whole', async (stage) => {
    const { channel, conversation, person, inbox } = stage;
    const ref = await person.say('Hello, what is 2 + 2?');
    const event = await inbox.nth('message_received');
    checkBase(stage, event);
    expect(event.text).toBe('Hello, what is 2 + 2?');
    expect(event.ref).toEqual(ref);
    expect(event.conversation).toEqual(conversation);
    expect(event.conversation.platform).toBe(channel.platform);
    expect(event.addressing).not.toBe('ambient');
    expect(event.author.isBot).toBe(false);
    expect(event.author.personId.startsWith(`${channel.platform}:`)).toBe(true);
    expect(event.author.displayName).not.toBe('');
    if (event.admission.kind === 'linked') {
      expect(event.admission.subjects.length).toBeGreaterThan(0);
      for (const subject of event.admission.subjects) expect(subject).toMatch(/^[a-z]+:(user|chat|team):.+$/);
    }
  });

  promise('event ids are unique and sort by time', async (stage) => {
    const { person, inbox } = stage;
    for (const text of ['one', 'two', 'three']) await person.say(text);
    await inbox.nth('message_received', 2);
    const said = inbox.events.filter((event) => event.type === 'message_received');
    expect(said.map((event) => event.text)).toEqual(['one', 'two', 'three']);
    const sorted = said.toSorted((a, b) => a.occurredAt - b.occurredAt || (a.eventId < b.eventId ? -1 : 1));
    expect(sorted.map((event) => event.text)).toEqual(['one', 'two', 'three']);
    expect(new Set(said.map((event) => event.eventId)).size).toBe(3);
  });

  promise('markup in a message arrives literally', async ({ person, inbox }) => {
    let count = 0;
    for (const text of nastyTexts) {
      await person.say(text);
      const event = await inbox.nth('message_received', count);
      expect(event.text).toBe(text);
      count += 1;
    }
  });

  promise('own messages are no events', async ({ channel, conversation, person, inbox, faults }) => {
    const ref = await channel.send(conversation, saying('I am the bot'));
    await faults?.echo?.(ref);
    await person.say('a person speaks');
    const event = await inbox.nth('message_received');
    expect(event.text).toBe('a person speaks');
    expect(inbox.events.length).toBe(1);
  });

  promise('a redelivered event keeps its id', async ({ person, inbox, faults }) => {
    await person.say('once');
    const first = await inbox.nth('message_received', 0);
    await must(faults?.redeliver, 'faults.redeliver')();
    const second = await inbox.nth('message_received', 1);
    expect(second).toEqual(first);
  });

  promise('conversation keys round-trip', async ({ conversation, person, inbox }) => {
    await person.say('where are we?');
    const event = await inbox.nth('message_received');
    const key = encodeConversationKey(event.conversation);
    expect(decodeConversationKey(key)).toEqual(conversation);
    expect(event.conversation.spaceId).toBe(event.spaceId);
    expect(event.ref.channelId).toBe(conversation.channelId);
  });

  promise('edited message', async (stage) => {
    const { person, inbox } = stage;
    const ref = await person.say('teh words');
    const said = await inbox.nth('message_received');
    await must(person.edit, 'person.edit')(ref, 'the words');
    const event = await inbox.nth('message_edited');
    checkBase(stage, event);
    expect(event.ref).toEqual(ref);
    expect(event.text).toBe('the words');
    expect(event.author).toEqual(said.author);
    expect(event.conversation).toEqual(said.conversation);
    expect(event.eventId).not.toBe(said.eventId);
  });

  promise('deleted message', async (stage) => {
    const { person, inbox } = stage;
    const ref = await person.say('never mind');
    await inbox.nth('message_received');
    await must(person.remove, 'person.remove')(ref);
    const event = await inbox.nth('message_deleted');
    checkBase(stage, event);
    expect(event.ref).toEqual(ref);
  });

  promise('command', async (stage) => {
    const { person, inbox, conversation, commandConversation } = stage;
    await person.command('skill search pdf tables');
    const event = await inbox.nth('command_invoked');
    checkBase(stage, event);
    expect(event.line).toBe('skill search pdf tables');
    expect(event.conversation).toEqual(commandConversation ?? conversation);
    expect(event.actor.isBot).toBe(false);
    expect(event.interaction.handle).not.toBe('');
    expect(inbox.events.length).toBe(1);
  });

  promise('completion', async ({ channel, person, inbox, completionPrefix = '' }) => {
    const offered = must(person.complete, 'person.complete')(`${completionPrefix}sk`);
    const event = await inbox.nth('completion_requested');
    expect(event.line).toBe(`${completionPrefix}sk`);
    const values = ['skill list', 'skill show'].map((value) => `${completionPrefix}${value}`);
    await channel.respond(event.interaction, {
      kind: 'choices',
      choices: values.map((value) => ({ value, label: value, hint: 'What comes of it' })),
    });
    expect(await offered).toEqual(values);
  });

  promise(
    'reaction given, changed and withdrawn',
    async (stage) => {
      const { channel, conversation, person, inbox } = stage;
      const [one, other] = stage.emojis ?? ['👍', '👎'];
      const react = must(person.setReactions, 'person.setReactions');
      const ref = await channel.send(conversation, saying('How was it?'));
      await react(ref, [one]);
      const given = await inbox.nth('signal_given');
      checkBase(stage, given);
      expect(given.target).toEqual(ref);
      expect(given.mark).toEqual({ kind: 'reaction', name: one });
      expect(given.actor.isBot).toBe(false);
      if (!channel.capabilities.canSeeReactionRemoval) return;
      await react(ref, [other]);
      await inbox.until(() => signals(stage).length === 3, 'the change as two signals');
      expect(marks(stage).slice(1).sort()).toEqual([`+${other}`, `-${one}`].sort());
      await react(ref, []);
      await inbox.until(() => signals(stage).length === 4, 'the withdrawal');
      expect(marks(stage)[3]).toBe(`-${other}`);
      expect(new Set(inbox.events.map((event) => event.eventId)).size).toBe(4);
      for (const signal of signals(stage)) expect(signal.target).toEqual(ref);
    },
    ['canSeeReactions'],
  );

  promise(
    'reactions cleared',
    async (stage) => {
      const { channel, conversation, person, inbox } = stage;
      const [one] = stage.emojis ?? ['👍'];
      const ref = await channel.send(conversation, saying('How was it?'));
      await must(person.setReactions, 'person.setReactions')(ref, [one]);
      await inbox.nth('signal_given');
      await must(person.clearReactions, 'person.clearReactions')(ref);
      const gone = await inbox.until(
        () =>
          inbox.events.find((event) => event.type === 'signals_cleared' || event.type === 'signal_withdrawn'),
        'the clearing',
      );
      checkBase(stage, gone);
      expect('target' in gone ? gone.target : undefined).toEqual(ref);
    },
    ['canSeeReactions', 'canSeeReactionRemoval'],
  );

  promise(
    'an action comes back',
    async (stage) => {
      const { channel, conversation, person, inbox } = stage;
      const actions = [
        [
          { actionId: 'turn.retry', label: 'Retry' },
          { actionId: 'x'.repeat(32), label: 'Longest' },
        ],
      ];
      const ref = await channel.send(conversation, saying('It failed.', { actions }));
      expect((await person.see(ref))?.actionIds).toEqual(['turn.retry', 'x'.repeat(32)]);
      const press = must(person.press, 'person.press');
      await press(ref, 'turn.retry');
      const event = await inbox.nth('action_invoked');
      checkBase(stage, event);
      expect(event.actionId).toBe('turn.retry');
      expect(event.target).toEqual(ref);
      expect(event.conversation).toEqual(conversation);
      expect(event.interaction.handle).not.toBe('');
      await press(ref, 'x'.repeat(32));
      expect((await inbox.nth('action_invoked', 1)).actionId).toBe('x'.repeat(32));
    },
    ['canShowActions'],
  );

  promise(
    'a button about another message names that message',
    async ({ channel, conversation, person, inbox }) => {
      const answer = await channel.send(conversation, saying('An answer.'));
      const actions = [[{ actionId: 'feedback.reason', label: 'Tell me', about: answer }]];
      const notice = await channel.send(conversation, saying('What was wrong?', { actions }));
      await must(person.press, 'person.press')(notice, 'feedback.reason');
      const event = await inbox.nth('action_invoked');
      expect(event.actionId).toBe('feedback.reason');
      expect(event.target).toEqual(answer);
      expect(event.conversation).toEqual(conversation);
    },
    ['canShowActions', 'canOpenForms'],
  );

  promise('an entry of the menu of a message comes back as an action', async (stage) => {
    const { channel, conversation, person, inbox } = stage;
    const ref = await channel.send(conversation, saying('An answer.'));
    await must(person.chooseFromMenu, 'person.chooseFromMenu')(ref, 'answer.correct');
    const event = await inbox.nth('action_invoked');
    checkBase(stage, event);
    expect(event.actionId).toBe('answer.correct');
    expect(event.target).toEqual(ref);
    expect(event.conversation).toEqual(conversation);
    expect(event.interaction.handle).not.toBe('');
    expect(inbox.events.length).toBe(1);
  });

  promise(
    'feedback buttons come back as signals',
    async (stage) => {
      const { channel, conversation, person, inbox } = stage;
      const actions = [
        [
          { actionId: FEEDBACK_GOOD, label: 'Good' },
          { actionId: FEEDBACK_BAD, label: 'Bad' },
        ],
      ];
      const ref = await channel.send(conversation, saying('An answer.', { actions }));
      const press = must(person.press, 'person.press');
      await press(ref, FEEDBACK_GOOD);
      const good = await inbox.nth('signal_given', 0);
      checkBase(stage, good);
      expect(good.mark).toEqual({ kind: 'button', name: 'good' });
      expect(good.target).toEqual(ref);
      await press(ref, FEEDBACK_BAD);
      const bad = await inbox.nth('signal_given', 1);
      expect(bad.mark).toEqual({ kind: 'button', name: 'bad' });
      expect(bad.actor.personId).toBe(good.actor.personId);
      expect(inbox.events.some((event) => event.type === 'action_invoked')).toBe(false);
    },
    ['canShowActions', 'canShowFeedbackButtons'],
  );
}
