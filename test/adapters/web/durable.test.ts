import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase } from '../../../adapters/sqlite/database.ts';
import { openStores } from '../../../adapters/sqlite/stores.ts';
import { addressOf } from '../../../adapters/web/account.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { browserWith, clientId, createWebRig, openBrowser } from './web-rig.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'web-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(ids = createSequentialIds()) {
  const database = openDatabase({ path: join(folder, 'bot.db'), logger: createMemoryLogger() });
  const rig = createWebRig({ transcripts: openStores(database).transcripts, ids });
  await rig.channel.start(async () => 'stored');
  return {
    ...rig,
    async close() {
      await rig.channel.stop();
      database.close();
    },
  };
}

test('conversation, order, votes and send keys outlive a restart on SQLite', async () => {
  const ids = createSequentialIds();
  const before = await run(ids);
  const browser = await openBrowser(before);
  const account = await browser.account();
  const body = {
    blocks: [
      {
        type: 'list' as const,
        ordered: true,
        start: 3,
        items: [{ checked: true, blocks: [] }, { blocks: [] }],
      },
      { type: 'code_block' as const, language: 'ts', text: 'let x = "\u{1f43e}<";' },
    ],
  };
  const actions = [[{ actionId: 'feedback.good', label: 'Good' }]];
  const notes = { model: 'demo', skills: [{ name: 'be-brief', version: 1, score: 0.5, because: ['short'] }] };
  await browser.say('first');
  const ref = await before.channel.send(addressOf(account), { body, sendKey: 'k', actions, notes });
  await browser.say('second');
  await browser.post('/api/votes', {
    id: clientId(),
    messageId: ref.messageId,
    name: 'good',
    change: 'given',
  });
  const shown = (await browser.conversation()).messages;
  expect(shown.map((message) => message.from)).toEqual(['person', 'bot', 'person']);
  expect(shown[1]).toMatchObject({ vote: 'good', notes });
  await before.close();

  const after = await run(ids);
  const again = browserWith(after, browser.cookie);
  expect((await again.conversation()).messages).toEqual(shown);
  expect(await after.channel.send(addressOf(account), { body, sendKey: 'k', actions, notes })).toEqual(ref);
  expect((await again.conversation()).messages.map(({ id }) => id)).toEqual(shown.map(({ id }) => id));
  await after.channel.remove(ref);
  expect((await again.conversation()).messages.length).toBe(2);
  await after.close();
});
