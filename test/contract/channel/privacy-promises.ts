import { expect } from 'vitest';
import { type ContractRunner, must, saying } from './contract-runner.ts';

export function privacyPromises({ promise }: ContractRunner): void {
  promise(
    'a private message is seen by one person',
    async ({ channel, conversation, person, inbox, bystander }) => {
      const others = must(bystander, 'bystander');
      await person.say('tell me alone');
      const event = await inbox.nth('message_received');
      const { personId } = event.author;
      const ref = await channel.send(event.conversation, saying('Between us'), { privateTo: personId });
      expect(ref.platform).toBe(channel.platform);
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['Between us']);
      expect(await others.seeAll()).toEqual([]);
      await channel.send(conversation, saying('For everybody'));
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(['Between us', 'For everybody']);
      const read = conversation.audience === 'group' ? ['For everybody'] : [];
      expect((await others.seeAll()).map((seen) => seen.text)).toEqual(read);
      expect(inbox.events.length).toBe(1);
    },
    ['canSendPrivately'],
  );

  promise(
    'a private answer to a command is seen by the asker',
    async ({ channel, person, inbox, bystander }) => {
      const others = must(bystander, 'bystander');
      await person.command('privacy');
      const { interaction } = await inbox.nth('command_invoked');
      await channel.respond(interaction, { kind: 'defer', private: true });
      // A long answer comes in more messages than a platform may take as answers, none of which anybody else sees.
      const texts = ['1', '2', '3', '4', '5', '6', '7'].map((part) => `Part ${part}`);
      for (const text of texts) {
        await channel.respond(interaction, { kind: 'message', message: saying(text), private: true });
      }
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(texts);
      expect(await others.seeAll()).toEqual([]);
      expect(inbox.events.length).toBe(1);
    },
    ['canAnswerPrivately'],
  );

  promise(
    'a private answer that is late is seen by nobody else',
    async ({ channel, conversation, person, inbox, bystander, faults }) => {
      const others = must(bystander, 'bystander');
      await person.command('privacy');
      const { interaction } = await inbox.nth('command_invoked');
      await must(faults?.expireAnswers, 'faults.expireAnswers')();
      const secret = saying('Between us');
      await channel.respond(interaction, { kind: 'message', message: secret, private: true });
      expect((await others.seeAll()).map((seen) => seen.text)).not.toContain('Between us');
      // The asker reads it, or that it came too late.
      expect(await person.seeAll()).toHaveLength(1);
      await channel.send(conversation, saying('For everybody'));
      expect((await person.seeAll()).map((seen) => seen.text)).toContain('For everybody');
    },
    ['canAnswerPrivately'],
  );

  promise(
    'a private answer to what was written is seen by the asker',
    async ({ channel, person, inbox, bystander }) => {
      const others = must(bystander, 'bystander');
      await person.say('privacy');
      const { interaction } = await inbox.nth('message_received');
      const asked = must(interaction, 'interaction of a message');
      const texts = ['1', '2', '3', '4', '5', '6', '7'].map((part) => `Part ${part}`);
      for (const text of texts) {
        await channel.respond(asked, { kind: 'message', message: saying(text), private: true });
      }
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual(texts);
      expect(await others.seeAll()).toEqual([]);
    },
    ['hasWrittenCommands', 'canSendPrivately'],
  );
}
