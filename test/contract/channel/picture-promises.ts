import { expect } from 'vitest';
import { type ContractRunner, must, type Stage, saying } from './contract-runner.ts';
import type { SeenPicture } from './descriptor.ts';
import { samplePicture } from './sample-picture.ts';

const first = samplePicture('The effect: +0.2 <better> & *more*');
const second = samplePicture('Uses a week: 4');
const seenAs = ({ alt, bytes }: typeof first): SeenPicture => ({ alt, bytes });

/** The one message of the bot that has words. */
async function words({ person }: Stage): Promise<readonly string[]> {
  return (await person.seeAll()).map(({ text }) => text).filter((text) => text !== '');
}

export function picturePromises({ promise }: ContractRunner): void {
  promise('a message with pictures shows its words', async (stage) => {
    const { channel, conversation, person } = stage;
    const ref = await channel.send(conversation, saying('It helps.', { images: [first] }));
    expect((await person.see(ref))?.text).toBe('It helps.');
    expect(await words(stage)).toEqual(['It helps.']);
  });

  promise(
    'pictures stand below their message, and stay when it is edited',
    async (stage) => {
      const { channel, conversation, person } = stage;
      const seePictures = must(person.seePictures, 'person.seePictures');
      const ref = await channel.send(conversation, saying('It helps.', { images: [first, second] }));
      expect(await seePictures()).toEqual([seenAs(first), seenAs(second)]);
      if (!channel.capabilities.canEdit) return;
      await channel.edit(ref, saying('It helps a little.', { images: [second] }));
      await channel.edit(ref, saying('It helps a lot.'));
      expect((await person.see(ref))?.text).toBe('It helps a lot.');
      expect(await seePictures()).toEqual([seenAs(first), seenAs(second)]);
    },
    ['canShowImages'],
  );

  promise(
    'pictures of an answer are seen by those who see the answer',
    async (stage) => {
      const { channel, person, inbox, bystander } = stage;
      const seePictures = must(person.seePictures, 'person.seePictures');
      for (const [index, isPrivate] of [true, false].entries()) {
        await person.command('help');
        const { interaction } = await inbox.nth('command_invoked', index);
        if (index === 1) await channel.respond(interaction, { kind: 'defer', private: isPrivate });
        const message = saying(`Answer ${index}.`, { images: [index === 0 ? first : second] });
        await channel.respond(interaction, { kind: 'message', message, private: isPrivate });
        expect(await words(stage)).toContain(`Answer ${index}.`);
      }
      const seen = await seePictures();
      expect(seen.length).toBe(2);
      expect(seen).toEqual(expect.arrayContaining([seenAs(first), seenAs(second)]));
      const isHidden = channel.capabilities.canAnswerPrivately && bystander?.seePictures !== undefined;
      if (isHidden) expect(await bystander?.seePictures?.()).not.toContainEqual(seenAs(first));
    },
    ['canShowImages'],
  );

  promise(
    'a picture that the platform does not take leaves the words standing',
    async (stage) => {
      const { channel, conversation, person, inbox, faults, evidence } = stage;
      const seePictures = must(person.seePictures, 'person.seePictures');
      await must(faults?.refusePictures, 'faults.refusePictures')();
      const message = saying('It helps.', { images: [first, second] });
      const ref = await channel.send(conversation, message);
      expect((await person.see(ref))?.text).toBe('It helps.');
      await person.command('help');
      const { interaction } = await inbox.nth('command_invoked');
      const answer = saying('It does.', { images: [first] });
      await channel.respond(interaction, { kind: 'message', message: answer, private: true });
      expect(await words(stage)).toEqual(expect.arrayContaining(['It helps.', 'It does.']));
      expect(await seePictures()).toEqual([]);
      expect(JSON.stringify(must(evidence, 'evidence').logged())).toContain('picture_not_shown');
    },
    ['canShowImages'],
  );
}
