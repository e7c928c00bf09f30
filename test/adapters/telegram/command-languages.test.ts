import { expect, test } from 'vitest';
import { describeCommands } from '../../../core/commands/describe-commands.ts';
import { menuLanguages } from '../../../core/commands/menu-languages.ts';
import { openStage } from './stage.ts';

test('people whose Telegram is German are shown the commands in German, in every kind of chat', async () => {
  const stage = await openStage();
  try {
    const channel = stage.channel();
    await channel.start(stage.sink().sink);
    await channel.registerCommands(describeCommands());
    const german = stage.server
      .callsOf('setMyCommands')
      .filter((call) => Reflect.get(Object(call), 'language_code') === 'de');
    expect(german).toHaveLength(3);
    for (const scope of ['all_private_chats', 'all_group_chats', 'all_chat_administrators']) {
      const menu = stage.server.commands.get(`${scope}/de`) ?? [];
      expect(menu.map(({ command }) => command)).toEqual(describeCommands().map(({ name }) => name));
      expect(menu).toContainEqual({ command: 'help', description: 'was ich kann' });
      expect(menu).toContainEqual({
        command: 'skill',
        description: menuLanguages['de']?.groups['skill'],
      });
      expect(stage.server.commands.get(scope)).toContainEqual({
        command: 'help',
        description: 'what I can do',
      });
    }
  } finally {
    await stage.close();
  }
  expect(stage.server.violations).toEqual([]);
});
