import { expect, test } from 'vitest';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores } from '../../adapters/sqlite/stores.ts';
import { type ComposedApiKeys, composeApiKeys } from '../../config/compose-api-keys.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

const password = { METACLAW_WEB_PASSWORD: 'a long pass phrase' };
const open = { ...password, METACLAW_HTTP_HOST: '0.0.0.0' };

interface Composing {
  with(variables: Record<string, string>, terminalAlone?: boolean): Promise<ComposedApiKeys>;
}

/** Over one database, as one start after the other. */
function composing(): Composing {
  const logger = createMemoryLogger();
  const store = openStores(openDatabase({ path: ':memory:', logger })).apiKeys;
  const parts = { store, clock: createFakeClock(), ids: createSequentialIds(), logger };
  return {
    with: (variables, terminalAlone = false) =>
      composeApiKeys({ ...parts, loaded: mustLoad({ variables }), terminalAlone }),
  };
}

test('opened to others without a key: not started, and it says where and how to go on', async () => {
  await expect(composing().with(open)).rejects.toThrow(
    /^http\.host \(environment\) opens the proxy .*metaclaw key create/,
  );
});

test('nobody is kept from talking in the terminal alone, or with the proxy off', async () => {
  await composing().with(open, true);
  await composing().with({ ...open, METACLAW_PROXY_ENABLED: 'false' });
});

test('a public address alone starts, and asks everybody for a key', async () => {
  const { access } = await composing().with({ METACLAW_HTTP_PUBLIC_URL: 'https://bot.example.org' });
  expect(access.admit({ isFromHere: true, purpose: 'other' })).toMatchObject({ reason: 'auth_failed' });
});

test('one key of an agent is enough, one of an administrator is none', async () => {
  const composed = composing();
  const { keys } = await composed.with({});
  await keys.create({ name: 'ops', kind: 'admin' });
  await expect(composed.with(open)).rejects.toThrow('http.host');
  await keys.create({ name: 'writer', kind: 'agent' });
  await composed.with(open);
  await keys.revoke('writer');
  await expect(composed.with(open)).rejects.toThrow('http.host');
});

test('a space that a key shares with this machine is there once', async () => {
  const { keys, spaces } = await composing().with({});
  expect(spaces()).toEqual(['api:local']);
  await keys.create({ name: 'helper', kind: 'agent', space: 'local' });
  await keys.create({ name: 'writer', kind: 'agent' });
  expect(spaces()).toEqual(['api:local', 'api:writer']);
});
