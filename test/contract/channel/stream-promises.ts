import { expect } from 'vitest';
import { FEEDBACK_BAD, FEEDBACK_GOOD } from '../../../core/domain/outbound-message.ts';
import { type ContractRunner, must, rejection, saying } from './contract-runner.ts';

const feedback = [
  [
    { actionId: FEEDBACK_GOOD, label: 'Good' },
    { actionId: FEEDBACK_BAD, label: 'Bad' },
  ],
];

let keys = 0;

function sendKey(): { readonly sendKey: string } {
  keys += 1;
  return { sendKey: `stream-${keys}` };
}

export function streamPromises({ promise }: ContractRunner): void {
  promise(
    'native stream',
    async ({ channel, conversation, person }) => {
      const stream = await channel.openStream(conversation, sendKey());
      expect(stream.ref.platform).toBe(channel.platform);
      expect(stream.ref.channelId).toBe(conversation.channelId);
      await stream.append('The answer');
      await stream.append(' is <!channel> & ');
      await stream.close(saying('The answer is <!channel> & 4.'));
      expect(await person.see(stream.ref)).toMatchObject({
        text: 'The answer is <!channel> & 4.',
        markup: [],
      });
      expect((await person.seeAll()).length).toBe(1);
      await channel.send(conversation, saying('The next one.'));
      expect((await person.seeAll()).map((seen) => seen.text)).toEqual([
        'The answer is <!channel> & 4.',
        'The next one.',
      ]);
    },
    ['streams'],
  );

  promise(
    'a stream ends with its buttons',
    async ({ channel, conversation, person, inbox }) => {
      const stream = await channel.openStream(conversation, sendKey());
      await stream.append('The answer is 4.');
      await stream.close(saying('The answer is 4.', { actions: feedback }));
      expect(await person.see(stream.ref)).toMatchObject({
        text: 'The answer is 4.',
        actionIds: [FEEDBACK_GOOD, FEEDBACK_BAD],
      });
      await must(person.press, 'person.press')(stream.ref, FEEDBACK_GOOD);
      expect((await inbox.nth('signal_given')).target).toEqual(stream.ref);

      // The end may say other words than what was streamed, and so may a later edit.
      const other = await channel.openStream(conversation, sendKey());
      await other.append('I was going to say');
      await other.close(saying('Stopped.', { actions: [[{ actionId: 'turn.retry', label: 'Retry' }]] }));
      expect(await person.see(other.ref)).toMatchObject({ text: 'Stopped.', actionIds: ['turn.retry'] });
      if (!channel.capabilities.canEdit) return;
      await channel.edit(other.ref, saying('Stopped, really.'));
      expect(await person.see(other.ref)).toMatchObject({ text: 'Stopped, really.', actionIds: [] });
    },
    ['streams', 'canShowFeedbackButtons'],
  );

  promise(
    'a stream whose message was removed is not_found',
    async ({ channel, conversation, person }) => {
      const stream = await channel.openStream(conversation, sendKey());
      await stream.append('Soon gone');
      await channel.remove(stream.ref);
      expect(await person.seeAll()).toEqual([]);
      // Words may be held back for a while; at the end it is known.
      await stream.append(' and more').catch(() => undefined);
      await rejection(() => stream.close(saying('Soon gone and more')), 'not_found');
      expect(await person.seeAll()).toEqual([]);
    },
    ['streams', 'canRemove'],
  );
}
