import { expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { composeApiKeys } from '../../config/compose-api-keys.ts';
import { AppError } from '../../core/domain/app-error.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

test('a key that is shown for something else than a model was used, and a store that fails keeps nobody out', async () => {
  const logger = createMemoryLogger();
  const clock = createFakeClock();
  const stored = openStores(openDatabase({ path: ':memory:', logger })).apiKeys;
  let isBroken = false;
  let written: Promise<void> | undefined;
  const store: typeof stored = {
    ...stored,
    spent(...given) {
      written = isBroken ? Promise.reject(new AppError('storage_full', 'No space.')) : stored.spent(...given);
      return written;
    },
  };
  const { access, keys } = await composeApiKeys({
    store,
    clock,
    ids: createSequentialIds(),
    logger,
    loaded: mustLoad(),
    terminalAlone: false,
  });
  const { key, text } = await keys.create({ name: 'writer', kind: 'agent' });
  const show = () => access.admit({ key: text, isFromHere: false, purpose: 'other' });

  await clock.advance(1_000);
  expect(show().kind).toBe('admitted');
  await written;
  const [used] = await stored.list();
  expect(used?.key.lastUsedAt).toBe(clock.now());

  isBroken = true;
  await clock.advance(120_000);
  expect(show().kind).toBe('admitted');
  await clock.advance(0);
  expect(logger.of('api_key_use_not_stored')).toMatchObject([{ fields: { keyId: key.keyId } }]);
});
