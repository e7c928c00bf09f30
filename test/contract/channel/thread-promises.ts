import { expect } from 'vitest';
import { type ContractRunner, must, saying } from './contract-runner.ts';

export function threadPromises({ promise }: ContractRunner): void {
  promise('a thread goes on without a mention', async ({ channel, conversation, person, inbox }) => {
    const sayUnaddressed = must(person.sayUnaddressed, 'person.sayUnaddressed');
    await person.say('a question');
    const first = await inbox.nth('message_received', 0);
    await channel.send(conversation, saying('An answer.'));
    const ref = await sayUnaddressed('and another one');
    const second = await inbox.nth('message_received', 1);
    expect(second.text).toBe('and another one');
    expect(second.ref).toEqual(ref);
    expect(second.conversation).toEqual(first.conversation);
    // Where one person talks to the bot every word is meant for it.
    const [named, unnamed] =
      conversation.audience === 'direct' ? ['direct', 'direct'] : ['mention', 'thread'];
    expect(first.addressing).toBe(named);
    expect(second.addressing).toBe(unnamed);
  });

  promise(
    'what was said in a thread can be read',
    async ({ channel, conversation, person, inbox }) => {
      const nasty = 'a <b> & "c" *d* <!channel>';
      await person.say(`first: ${nasty}`);
      await inbox.nth('message_received', 0);
      await channel.send(conversation, saying('The answer.'));
      await person.say('second');
      await inbox.nth('message_received', 1);
      await person.say('the last');
      const { ref: before, author } = await inbox.nth('message_received', 2);
      const read = await channel.readThread(conversation, before, 10);
      // What stood there before the test began may be read too.
      const said = read.slice(-3);
      expect(said.map((message) => [message.isOwn, message.text])).toEqual([
        [false, `first: ${nasty}`],
        [true, 'The answer.'],
        [false, 'second'],
      ]);
      expect(said[0]?.authorName).toBe(author.displayName);
      expect(said[1]?.authorName).not.toBe('');
      expect(new Set(said.map((message) => message.ref.messageId)).size).toBe(3);
      expect((await channel.readThread(conversation, before, 2)).map((message) => message.text)).toEqual([
        'The answer.',
        'second',
      ]);
      const { ref: earlier } = said[2] ?? { ref: before };
      expect((await channel.readThread(conversation, earlier, 1)).map((message) => message.text)).toEqual([
        'The answer.',
      ]);
      expect(inbox.events.length).toBe(3);
    },
    ['canReadThreads'],
  );
}
