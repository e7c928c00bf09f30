import { afterEach, beforeEach, expect, test } from 'vitest';
import { apiKeyId } from '../../../core/domain/api-key.ts';
import { sampleApiKey } from '../../contract/api-key-store.ts';
import { type OpenStores, openAt } from './rig.ts';

let open: OpenStores;
beforeEach(async () => {
  open = openAt(':memory:');
  for (const name of ['a', 'b']) await open.stores.apiKeys.add(sampleApiKey(name), name);
});
afterEach(() => open.database.close());

const damage = (sql: string): unknown =>
  open.database.attempt(() =>
    open.database.statement<[]>(`UPDATE api_keys SET ${sql} WHERE name = 'a'`).run(),
  );
const listed = async (): Promise<readonly string[]> =>
  (await open.stores.apiKeys.list()).map(({ key }) => key.name);

test.each([`kind = 'owner'`, `upstream_key = 'both'`, `uses = '{'`, `uses = '{}'`, `uses = '[1]'`])(
  'a row that does not say what the key may do opens nothing: %s',
  async (damaged) => {
    damage(damaged);
    expect(await listed()).toEqual(['b']);
    expect(open.logger.of('storage_row_skipped').map(({ fields }) => fields)).toEqual([
      { table: 'api_keys', id: 'id-a' },
    ]);
  },
);

test('a damaged key can be revoked, and not changed', async () => {
  damage(`kind = 'owner'`);
  await expect(open.stores.apiKeys.change(apiKeyId('id-a'), { monthlyTokens: 5 })).rejects.toMatchObject({
    code: 'storage_failed',
  });
  damage(`kind = 'agent'`);
  expect((await open.stores.apiKeys.list())[0]?.key).toEqual(sampleApiKey('a'));
  damage(`kind = 'owner'`);
  expect(await open.stores.apiKeys.revoke(apiKeyId('id-a'), 5)).toBe(true);
});

test('uses of another version are dropped where they are read, and stay in the row', async () => {
  const uses = '["evolve","dream","judge"]';
  damage(`uses = '${uses}'`);
  const { apiKeys } = open.stores;
  expect(await apiKeys.change(apiKeyId('id-a'), { maxConcurrent: 2 })).toEqual(
    sampleApiKey('a', { uses: ['judge', 'evolve'], maxConcurrent: 2 }),
  );
  const stored = open.database.statement<[], { uses: string }>("SELECT uses FROM api_keys WHERE name = 'a'");
  expect(open.database.attempt(() => stored.get())).toEqual({ uses });
});
