import { expect } from 'vitest';
import type { Interaction } from '../../../core/domain/inbound-event.ts';
import type { MessageRef } from '../../../core/domain/message-ref.ts';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../../core/domain/outbound-message.ts';
import type { Form } from '../../../core/ports/channel.ts';
import { type ContractRunner, must, rejection, type Stage, saying, words } from './contract-runner.ts';

const feedback = [
  [
    { actionId: FEEDBACK_GOOD, label: 'Good' },
    { actionId: FEEDBACK_BAD, label: 'Bad' },
  ],
];

/** Every kind of field, at the limits that the port names. */
const formAbout = (about: MessageRef): Form => ({
  formId: 'feedback.reason',
  title: 'What was wrong with it?!',
  submitLabel: 'Send it now!',
  about,
  fields: [
    {
      fieldId: 'kind',
      label: 'Kind',
      kind: 'choice',
      required: true,
      choices: Array.from({ length: 10 }, (_, index) => ({ value: `v${index}`, label: `Choice ${index}` })),
    },
    {
      fieldId: 'words',
      label: 'Your words',
      kind: 'text',
      required: false,
      maxChars: 3_000,
      placeholder: 'As many as you like',
    },
    { fieldId: 'more', label: 'More', kind: 'text', required: false },
  ],
});

/** At the limit that the port names. */
const longestSubject = `skill.edit:${'a-2_b'.repeat(20)}`.slice(0, 80);
const presentText = 'When somebody asks for <numbers>.\n\n- *Round* them.';

/** Two texts that say something already, about no message; the longest subject has the longest id. */
const formForText = (subject: string): Form => ({
  formId: subject === longestSubject ? 'a'.repeat(32) : 'skill.text',
  title: 'Edit this skill',
  submitLabel: 'Save',
  subject,
  fields: [
    {
      fieldId: 'description',
      label: 'When it applies',
      kind: 'text',
      required: true,
      maxChars: 1_024,
      value: presentText,
    },
    {
      fieldId: 'body',
      label: 'What to do',
      kind: 'text',
      required: true,
      maxChars: 3_000,
      value: presentText,
    },
  ],
});

/** A person pressed a button under an answer: what a form may be opened with. */
async function pressed(stage: Stage, nth = 0): Promise<{ ref: MessageRef; interaction: Interaction }> {
  const { channel, conversation, person, inbox } = stage;
  const actions = [[{ actionId: 'answer.correct', label: 'Correct' }]];
  const ref = await channel.send(conversation, saying('An answer.', { actions }));
  await must(person.press, 'person.press')(ref, 'answer.correct');
  const event = await inbox.nth('action_invoked', nth);
  return { ref, interaction: event.interaction };
}

export function formPromises({ promise }: ContractRunner): void {
  promise(
    'a form comes back filled in',
    async (stage) => {
      const { channel, person, inbox, conversation } = stage;
      const seeForm = must(person.seeForm, 'person.seeForm');
      const submitForm = must(person.submitForm, 'person.submitForm');
      const { ref, interaction } = await pressed(stage);
      expect(await seeForm()).toBeUndefined();
      await channel.openForm(interaction, formAbout(ref));
      const seen = await seeForm();
      expect(seen).toEqual({
        title: 'What was wrong with it?!',
        ...(seen?.submitLabel === undefined ? {} : { submitLabel: 'Send it now!' }),
        fields: [
          {
            label: 'Kind',
            kind: 'choice',
            options: Array.from({ length: 10 }, (_, index) => `Choice ${index}`),
          },
          { label: 'Your words', kind: 'text' },
          { label: 'More', kind: 'text' },
        ],
      });
      const said = 'It is <@U1> & *not* `4`.\nReally.';
      await submitForm({ Kind: 'Choice 9', 'Your words': said });
      const event = await inbox.nth('form_submitted');
      expect(event.formId).toBe('feedback.reason');
      expect(event.target).toEqual(ref);
      // What was left empty is absent; words arrive as they were written.
      expect(event.values).toEqual({ kind: 'v9', words: said });
      expect(event.spaceId).toBe(conversation.spaceId);
      expect(event.actor.isBot).toBe(false);
      expect(event.eventId.startsWith(`${channel.platform}:`)).toBe(true);
      expect(await seeForm()).toBeUndefined();

      // The same form again is another event.
      const again = await pressed(stage, 1);
      await channel.openForm(again.interaction, formAbout(again.ref));
      await submitForm({ Kind: 'Choice 0' });
      const second = await inbox.nth('form_submitted', 1);
      expect(second.values).toEqual({ kind: 'v0' });
      expect(second.target).toEqual(again.ref);
      expect(second.eventId).not.toBe(event.eventId);
    },
    ['canOpenForms', 'canShowActions'],
  );

  promise(
    'a feedback press opens a form',
    async ({ channel, conversation, person, inbox }) => {
      const ref = await channel.send(conversation, saying('An answer.', { actions: feedback }));
      await must(person.press, 'person.press')(ref, FEEDBACK_BAD);
      const event = await inbox.nth('signal_given');
      const interaction = event.interaction ?? { handle: '' };
      expect(interaction.handle).not.toBe('');
      await channel.openForm(interaction, formAbout(ref));
      await must(person.submitForm, 'person.submitForm')({ Kind: 'Choice 3', 'Your words': 'Too long.' });
      const submitted = await inbox.nth('form_submitted');
      expect(submitted.target).toEqual(ref);
      expect(submitted.values).toEqual({ kind: 'v3', words: 'Too long.' });
      expect(submitted.actor.personId).toBe(event.actor.personId);
      expect(inbox.events.length).toBe(2);
    },
    ['canOpenForms', 'canShowFeedbackButtons'],
  );

  promise(
    'a form that is closed is no event',
    async (stage) => {
      const { channel, person, inbox } = stage;
      const { ref, interaction } = await pressed(stage);
      await channel.openForm(interaction, formAbout(ref));
      await must(person.closeForm, 'person.closeForm')();
      expect(await must(person.seeForm, 'person.seeForm')()).toBeUndefined();
      await person.say('never mind');
      await inbox.nth('message_received');
      expect(inbox.events.map((event) => event.type)).toEqual(['action_invoked', 'message_received']);
    },
    ['canOpenForms', 'canShowActions'],
  );

  promise(
    'a form after the deadline is not_found',
    async (stage) => {
      const { channel, person, faults } = stage;
      const { ref, interaction } = await pressed(stage);
      await must(faults?.expireInteractions, 'faults.expireInteractions')();
      const error = await rejection(() => channel.openForm(interaction, formAbout(ref)), 'not_found');
      expect(error.retryable).toBe(false);
      expect(await must(person.seeForm, 'person.seeForm')()).toBeUndefined();
      await rejection(() => channel.openForm({ handle: 'no handle of ours' }, formAbout(ref)), 'not_found');
    },
    ['canOpenForms', 'canShowActions'],
  );

  promise(
    'a form about no message comes back with its subject',
    async (stage) => {
      const { channel, person, inbox, conversation, commandConversation = conversation } = stage;
      const seeForm = must(person.seeForm, 'person.seeForm');
      const submitForm = must(person.submitForm, 'person.submitForm');
      await person.command('help');
      const opened = await inbox.nth('command_invoked');
      await channel.openForm(opened.interaction, formForText(longestSubject));
      const seen = await seeForm();
      expect(seen?.fields.map(({ label, kind }) => [label, kind])).toEqual([
        ['When it applies', 'text'],
        ['What to do', 'text'],
      ]);
      expect(seen?.fields[0]?.value).toBe(presentText);
      await submitForm({ 'What to do': 'Name the <unit> & *say* why.' });
      const event = await inbox.nth('form_submitted');
      expect(event).not.toHaveProperty('target');
      expect(event.subject).toBe(longestSubject);
      expect(event.formId).toBe('a'.repeat(32));
      expect(event.conversation).toEqual(commandConversation);
      // What was left alone comes back as it stood.
      expect(event.values).toEqual({ description: presentText, body: 'Name the <unit> & *say* why.' });

      await person.command('help');
      const again = await inbox.nth('command_invoked', 1);
      await channel.openForm(again.interaction, formForText('skill.add'));
      await submitForm({ 'When it applies': 'Always.' });
      const second = await inbox.nth('form_submitted', 1);
      expect(second.subject).toBe('skill.add');
      expect(second.values).toEqual({ description: 'Always.', body: presentText });
    },
    ['canOpenForms'],
  );

  promise(
    'an answer to a form reaches who sent it',
    async (stage) => {
      const { channel, person, inbox, conversation, bystander } = stage;
      await person.command('help');
      const opened = await inbox.nth('command_invoked');
      await channel.openForm(opened.interaction, formForText('skill.edit:pdf-tables'));
      const submitForm = must(person.submitForm, 'person.submitForm');
      await submitForm({ 'When it applies': 'Always.' });
      const byCommand = await inbox.nth('form_submitted');
      const kept: Interaction = JSON.parse(JSON.stringify(byCommand.interaction));
      await channel.respond(kept, { kind: 'message', message: saying('Saved.'), private: true });
      expect((await person.seeAll()).map(({ text }) => text)).toContain('Saved.');

      const { ref, interaction } = await pressed(stage);
      await channel.openForm(interaction, formAbout(ref));
      await submitForm({ Kind: 'Choice 0' });
      const byPress = await inbox.nth('form_submitted', 1);
      expect(byPress.conversation).toEqual(conversation);
      const message = saying('Noted, thank you.');
      await channel.respond(byPress.interaction, { kind: 'message', message, private: true });
      expect((await person.seeAll()).map(({ text }) => text)).toContain('Noted, thank you.');
      if (!channel.capabilities.canAnswerPrivately || bystander === undefined) return;
      const overheard = (await bystander.seeAll()).map(({ text }) => text);
      expect(overheard).not.toContain('Saved.');
      expect(overheard).not.toContain('Noted, thank you.');
    },
    ['canOpenForms', 'canShowActions'],
  );

  promise(
    'a home page is published to who opened it',
    async ({ channel, conversation, person, inbox }) => {
      const seeHome = must(person.seeHome, 'person.seeHome');
      await must(person.openHome, 'person.openHome')();
      const event = await inbox.nth('home_opened');
      expect(event.platform).toBe(channel.platform);
      expect(event.spaceId).toBe(conversation.spaceId);
      await channel.publishHome(event.actor.personId, words('What I can do: <everything> & *more*'));
      expect(await seeHome()).toContain('What I can do: <everything> & *more*');
      await channel.publishHome(event.actor.personId, words('Something else'));
      expect(await seeHome()).toContain('Something else');
      expect(await seeHome()).not.toContain('What I can do');
      expect(await person.seeAll()).toEqual([]);
    },
    ['canPublishHome'],
  );
}
