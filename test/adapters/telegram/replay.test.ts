import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { openStage } from './stage.ts';

const fixturePath = join(import.meta.dirname, '../../../../shared/data/fixtures/telegram/message.json');
const recordSchema = z.looseObject({ update_id: z.number(), message: z.looseObject({ text: z.string() }) });
const fixtureSchema = z.object({ botName: z.string(), mention: recordSchema, followUp: recordSchema });

describe('recorded updates through the real client', () => {
  test.skipIf(!existsSync(fixturePath))('arrive in order and once (needs ../shared/data)', async () => {
    const fixture = fixtureSchema.parse(JSON.parse(readFileSync(fixturePath, 'utf8')));
    const stage = await openStage({ botUsername: fixture.botName });
    try {
      const inbox = stage.sink();
      await stage.channel().start(inbox.sink);
      stage.server.updates.redeliver(fixture.mention);
      stage.server.updates.redeliver(fixture.followUp);
      await inbox.nth('message_received', 1);
      expect(inbox.events.map((event) => [event.eventId, 'text' in event && event.text])).toEqual([
        ['telegram:000000001001.00', 'hi'],
        ['telegram:000000001002.00', 'how are you'],
      ]);
    } finally {
      await stage.close();
    }
  });
});
