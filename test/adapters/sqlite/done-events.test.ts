import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sampleAt, sampleCommand, sampleKey } from '../../contract/store-samples.ts';
import { makeFolder, openAt } from './rig.ts';

test('the bytes of a command that is done with are not left in the file', async () => {
  const folder = makeFolder();
  const path = folder.file('state.db');
  const line = 'schedule calendar connect https://cal.example/private-0123/basic.ics';
  const holds = (): boolean => readFileSync(path).includes('private-0123');
  const secret = { ...sampleCommand('b'), line };
  const first = openAt(path);
  // Its neighbours in the page stay.
  for (const event of [sampleCommand('a'), secret, sampleCommand('c')]) {
    await first.stores.inbox.accept(event, sampleKey, sampleAt);
  }
  first.database.close();
  expect(holds()).toBe(true);
  const second = openAt(path);
  await second.stores.inbox.finish([secret.eventId]);
  second.database.close();
  expect(holds()).toBe(false);
  folder.remove();
});
