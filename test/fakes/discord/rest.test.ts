import { Routes } from 'discord.js';
import { describe, expect, test } from 'vitest';
import { errorOf, restOf, withClient, withFakeDiscord } from './discord-rig.ts';

describe('messages of the bot', () => {
  test('are sent, seen, edited, found and taken away', async () => {
    await withFakeDiscord({}, async (discord) => {
      const ada = discord.person();
      const { id: channel } = discord.channel();
      const rest = restOf(discord);
      await withClient(discord, {}, async (sdk) => {
        const sent = await rest.post(Routes.channelMessages(channel), { body: { content: ' Four. ' } });
        const own = await sdk.has('MESSAGE_CREATE');
        expect(own).toMatchObject({ content: 'Four.', author: { id: discord.bot.id, bot: true } });
        expect(sent).toMatchObject({ id: own['id'], content: 'Four.' });
        const id = String(own['id']);
        expect(discord.see(ada, channel, id)).toMatchObject({ text: 'Four.', markup: [], isEdited: false });
        await rest.patch(Routes.channelMessage(channel, id), { body: { content: '**Five.**' } });
        expect(discord.see(ada, channel, id)).toMatchObject({
          text: 'Five.',
          markup: ['bold'],
          isEdited: true,
        });
        expect(await sdk.has('MESSAGE_UPDATE')).toMatchObject({ id, content: '**Five.**' });
        expect(
          await rest.get(Routes.channelMessages(channel), { query: new URLSearchParams({ limit: '10' }) }),
        ).toMatchObject([{ id }]);
        await rest.delete(Routes.channelMessage(channel, id));
        expect(await sdk.has('MESSAGE_DELETE')).toEqual({
          id,
          channel_id: channel,
          guild_id: discord.home.id,
        });
        expect(discord.see(ada, channel, id)).toBeUndefined();
        expect(
          await errorOf(rest.patch(Routes.channelMessage(channel, id), { body: { content: 'x' } })),
        ).toBe(10008);
      });
    });
  });
});
