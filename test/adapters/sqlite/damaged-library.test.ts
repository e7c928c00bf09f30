import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionId, turnId } from '../../../core/domain/ids.ts';
import type { EntryChange } from '../../../core/ports/library-store.ts';
import type { Exposure } from '../../../core/ports/trial-store.ts';
import {
  sampleAt,
  sampleScopes,
  sampleSession,
  sampleSkill,
  sampleTurn,
  skillName,
} from '../../contract/store-samples.ts';
import { type Folder, makeFolder, type OpenStores, openAt } from './rig.ts';

describe('a damaged row', () => {
  let folder: Folder;
  let open: OpenStores;
  beforeEach(() => {
    folder = makeFolder();
    open = openAt(folder.file('state.db'));
  });
  afterEach(() => {
    open.database.close();
    folder.remove();
  });

  function damage(sql: string): void {
    const handle = new Database(folder.file('state.db'));
    expect(handle.prepare(sql).run().changes).toBe(1);
    handle.close();
  }
  const skipped = (): readonly unknown[] => open.logger.of('storage_row_skipped').map(({ fields }) => fields);

  const { global: everywhere } = sampleScopes;
  const twoSkills = [sampleSkill('a', '1'), sampleSkill('b', '1')];
  const names = async (): Promise<readonly string[]> =>
    (await open.stores.library.state()).skills.map(({ name }) => name);
  async function change(entry: Omit<EntryChange, 'scope'>): Promise<void> {
    const { library } = open.stores;
    await library.apply({
      at: sampleAt,
      expectedRevision: (await library.state()).revision,
      cause: { kind: 'edit' },
      entries: [{ scope: everywhere, ...entry }],
      consumed: [],
      invalidation: { mode: 'strict' },
    });
  }

  test.each([
    ['triggers', '{}'],
    ['origin', ''],
    ['origin', '{"kind":"people"}'],
    ['origin', '{"kind":"person"}'],
    ['origin', '{"kind":"learned","model":"m","proposal":"1","evidence":[]}'],
    ['origin', '{"kind":"learned","model":"m","proposal":1,"evidence":[],"approvedBy":1}'],
    ['learned_from', '{"platforms":["web"]}'],
    ['learned_from', '{"platforms":["web"],"authors":[],"isPrivate":false}'],
    ['learned_from', 'nonsense'],
  ])('of the versions is left out: %s = %s', async (column, value) => {
    await open.stores.library.sync(everywhere, twoSkills, sampleAt);
    damage(`UPDATE skill_versions SET ${column} = '${value}' WHERE name = 'a'`);
    expect(await names()).toEqual(['b']);
    expect(await open.stores.library.version(skillName('a'), 1)).toBeUndefined();
    expect(skipped()[0]).toEqual({ table: 'skill_versions', id: 'a 1' });
  });

  test.each(['{}', '[1]', ''])(
    'of the entries is left out, and its file puts it right: %s',
    async (contexts) => {
      const { library } = open.stores;
      await library.sync(everywhere, twoSkills, sampleAt);
      damage(`UPDATE skill_entries SET masked_contexts = '${contexts}' WHERE name = 'a'`);
      expect(await names()).toEqual(['b']);
      expect((await library.entriesAt(1))?.map(({ name }) => name)).toEqual(['b']);
      expect((await library.sync(everywhere, twoSkills, sampleAt)).skills).toMatchObject([
        { name: 'a', version: 2 },
        { name: 'b', version: 1 },
      ]);
      expect(skipped()).toContainEqual({ table: 'skill_entries', id: 'a 1' });
    },
  );

  test('of the entries is put right by a change too', async () => {
    await open.stores.library.sync(everywhere, twoSkills, sampleAt);
    damage(`UPDATE skill_entries SET masked_contexts = '' WHERE name = 'a'`);
    await change({ name: skillName('a'), state: 'active' });
    expect(await names()).toEqual(['a', 'b']);
  });

  const hiding = JSON.stringify({
    scope: everywhere,
    name: 'a',
    version: 0,
    state: 'hidden',
    isProven: false,
    isPinned: false,
    maskedContexts: [],
    trial: 0,
    since: 0,
  });
  test.each([
    ['cause', '{"kind":"whim"}'],
    ['cause', '{"kind":"edit","proposal":"1"}'],
    ['cause', '{"kind":"edit","by":1}'],
    ['cause', '{"kind":"edit","reason":1}'],
    ['cause', '{"kind":"restore","restores":"1"}'],
    ['before', '{}'],
    ['after', hiding.replace('"hidden"', '"gone"')],
    ['after', hiding.replace('"a"', '"Not a name"')],
    ['after', hiding.replace('"global"', '"planet"')],
    ['after', hiding.replace('"global"', '"space"')],
    ['after', hiding.replace('"global"', '"user","platform":"web","spaceId":"web:team"')],
    ['after', hiding.replace('"global"', '"conversation","platform":"web","spaceId":"web:team"')],
    ['after', hiding.replace('"isProven":false', '"isProven":0')],
    ['after', hiding.replace('"isPinned":false', '"isPinned":0')],
    ['after', hiding.replace('"trial":0', '"trial":"0"')],
  ])('of the history is left out, and what lay behind it is not known: %s = %s', async (column, value) => {
    const { library } = open.stores;
    await library.sync(everywhere, twoSkills, sampleAt);
    await change({ name: skillName('a'), state: 'retired' });
    damage(`UPDATE library_log SET ${column} = '${value}' WHERE revision = 2`);
    expect((await library.history(9)).map(({ revision }) => revision)).toEqual([1, 1]);
    expect(await library.entriesAt(1)).toBeUndefined();
    expect(await library.entriesAt(2)).toHaveLength(2);
    expect(await names()).toEqual(['b']);
    expect(skipped()[0]).toEqual({ table: 'library_log', id: '2 a' });
  });

  test('of waiting samples is left out and makes no page short', async () => {
    const { turns, ledger, samples } = open.stores;
    for (const name of ['t1', 't2', 't3', 't4']) {
      await turns.open(sampleTurn(name));
      await ledger.schedule(turnId(name), { weights: sampleAt });
    }
    for (const name of ['t1', 't3']) damage(`UPDATE turns SET masked_skills = '' WHERE turn_id = '${name}'`);
    const page = async (after: string, limit: number): Promise<readonly string[]> =>
      (await samples.waiting(9, after, limit)).map((sample) => sample.turnId);
    expect(await page('', 1)).toEqual(['t2']);
    expect(await page('', 2)).toEqual(['t2', 't4']);
    expect(await page('t2', 2)).toEqual(['t4']);
    expect(await page('t4', 2)).toEqual([]);
  });

  test('of the turns of a session that ended is left out', async () => {
    const { turns, sessions, trials } = open.stores;
    for (const name of ['t1', 't2']) {
      await turns.open(sampleTurn(name));
      await turns.end(turnId(name), { state: 'stopped', endedAt: sampleAt });
    }
    await sessions.open(sampleSession('session-1', { endedAt: sampleAt, endReason: 'gap' }));
    damage(`UPDATE turns SET conversation = '' WHERE turn_id = 't1'`);
    expect(await trials.countable(9)).toMatchObject([{ turns: [{ turnId: 't2' }] }]);
  });

  test('of exposures and uses is left out', async () => {
    const { trials, sessions } = open.stores;
    const exposure = (name: string): Exposure => ({
      scope: everywhere,
      name: skillName(name),
      trial: 1,
      sessionId: sessionId('s1'),
      at: sampleAt,
      version: 1,
      isShown: true,
      propensity: 1,
      context: '',
      outcome: 0,
      isLabelled: false,
      positives: 0,
      negatives: [],
      turns: 1,
    });
    await sessions.open(sampleSession('s1', { endedAt: sampleAt, endReason: 'gap' }));
    await trials.count(sessionId('s1'), ['a', 'b', 'c'].map(exposure));
    damage(`UPDATE exposures SET negatives = '[{"personId":"web:ann"}]' WHERE name = 'a'`);
    damage(`UPDATE exposures SET name = 'Not a name' WHERE name = 'b'`);
    damage(`UPDATE skill_uses SET name = 'Not a name' WHERE name = 'a'`);
    expect(await trials.exposures({ scope: everywhere, name: skillName('a'), trial: 1 })).toEqual([]);
    expect(await trials.exposuresSince(everywhere, skillName('c'), 0)).toHaveLength(1);
    expect((await trials.uses()).map(({ name }) => name)).toEqual(['b', 'c']);
    expect(skipped()).toEqual([
      { table: 'exposures', id: '1' },
      { table: 'skill_uses', id: 'Not a name' },
    ]);
  });
});
