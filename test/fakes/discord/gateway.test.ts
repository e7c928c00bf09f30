import { expect, test } from 'vitest';
import { withClient, withFakeDiscord } from './discord-rig.ts';

test('the SDK becomes ready and hears what people say', async () => {
  await withFakeDiscord({}, async (discord) => {
    const ada = discord.person({ username: 'ada' });
    const talk = discord.channel({ name: 'talk' });
    await withClient(discord, {}, async (sdk) => {
      expect(sdk.client.user?.id).toBe(discord.bot.id);
      const id = ada.mention('hello', talk);
      expect(await sdk.has('MESSAGE_CREATE')).toMatchObject({
        id,
        content: `<@${discord.bot.id}> hello`,
        mentions: [{ id: discord.bot.id }],
        author: { id: ada.user.id },
        channel_id: talk.id,
        guild_id: discord.home.id,
        member: { roles: [] },
      });
      ada.say('hi');
      const direct = await sdk.has('MESSAGE_CREATE', 2);
      expect(direct).toMatchObject({ content: 'hi', channel_id: ada.dm.id, channel_type: 1 });
      expect(direct).not.toHaveProperty('guild_id');
    });
  });
});
