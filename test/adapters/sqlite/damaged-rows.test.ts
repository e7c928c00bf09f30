import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
import { lengthsOf } from '../../../core/domain/sampling.ts';
import {
  sampleAt,
  sampleBody,
  sampleKey,
  sampleMessage,
  sampleRef,
  sampleSampled,
  sampleSignal,
  sampleSkill,
  sampleTurn,
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
  const skipped = (): readonly unknown[] =>
    open.logger.of('storage_row_skipped').map(({ level, fields }) => ({ level, ...fields }));

  test.each([
    '',
    '{',
    'null',
    '[]',
    '{"type":"message_received"}',
    '{"type":"signal_given","eventId":"web:a"}',
  ])('of the inbox is left out: %s', async (event) => {
    for (const id of ['a', 'b']) await open.stores.inbox.accept(sampleMessage(id), sampleKey, sampleAt);
    damage(`UPDATE inbox SET event = '${event}' WHERE event_id = 'web:a'`);
    const rows = await open.stores.inbox.pending();
    expect(rows.map((row) => row.event.eventId)).toEqual(['web:b']);
    expect(skipped()).toEqual([{ level: 'error', table: 'inbox', id: 'web:a' }]);
    expect(await open.stores.inbox.replaceText(sampleRef('a'), 'x')).toBe(false);
  });

  const turnColumns = ['conversation', 'event_ids', 'request_refs', 'prompt_authors', 'state'];
  test.each([...turnColumns, 'skills', 'masked_skills'])('of the turns is left out: %s', async (column) => {
    const { turns } = open.stores;
    for (const name of ['t1', 't2']) {
      await turns.open(sampleTurn(name));
      await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'text' });
    }
    damage(`UPDATE turns SET ${column} = '{"a":1}' WHERE turn_id = 't1'`);
    expect(await turns.get(turnId('t1'))).toBeUndefined();
    expect(await turns.get(turnId('t2'))).toMatchObject({ turnId: 't2', state: 'done' });
    expect(skipped()[0]).toEqual({ level: 'error', table: 'turns', id: 't1' });
  });

  test('an optional part of a turn that is damaged is missing', async () => {
    const { turns } = open.stores;
    await turns.open(sampleTurn('t1'));
    damage(`UPDATE turns SET usage = '[]', error_code = 'nonsense' WHERE turn_id = 't1'`);
    const turn = await turns.get(turnId('t1'));
    expect(turn).toMatchObject({ turnId: 't1', state: 'open' });
    expect(turn).not.toHaveProperty('usage');
    expect(turn).not.toHaveProperty('errorCode');
  });

  test('of the turns is left out where it is not told whom a skill was learned from', async () => {
    const [skill] = sampleTurn('t1').skills;
    const { turns } = open.stores;
    await turns.open(sampleTurn('t1'));
    damage(`UPDATE turns SET skills = '${JSON.stringify([{ ...skill, learnedFrom: {} }])}'`);
    expect(await turns.get(turnId('t1'))).toBeUndefined();
    const learnedFrom = { platforms: ['web'], authors: ['web:ann'] };
    damage(`UPDATE turns SET skills = '${JSON.stringify([{ ...skill, learnedFrom }])}'`);
    expect((await turns.get(turnId('t1')))?.skills).toMatchObject([{ learnedFrom }]);
    for (const part of [{ scope: { kind: 'space' } }, { trial: '1' }, { scope: 'global' }]) {
      damage(`UPDATE turns SET skills = '${JSON.stringify([{ ...skill, ...part }])}'`);
      expect(await turns.get(turnId('t1'))).toBeUndefined();
    }
  });

  test.each([
    ["prompt = x'010000'", 'ids that are cut off'],
    ["answer = x'01'", 'ids of the answer'],
    ["logprobs = x'00000000'", 'numbers of other tokens'],
    ["stop_reason = 'tired'", 'an end that there is not'],
    ["params = '{}'", 'no parameters'],
  ])('of what an engine read and wrote is left out: %s', async (damaged) => {
    const { turns } = open.stores;
    const sampled = [sampleSampled('one', 1), sampleSampled('two', 2)];
    await turns.open(sampleTurn('t1'));
    await turns.answer(turnId('t1'), 'text', undefined, sampled);
    damage(`UPDATE turn_samples SET ${damaged} WHERE position = 0`);
    expect(await turns.sampled(turnId('t1'))).toEqual([sampled[1]]);
    const row = { level: 'error', table: 'turn_samples', id: 't1 0' };
    expect(skipped()).toEqual([row]);
    expect(await turns.sampledLengths(turnId('t1'))).toEqual(sampled.slice(1).map(lengthsOf));
    expect(skipped()).toEqual([row, row]);
    expect(await turns.get(turnId('t1'))).toMatchObject({ replyText: 'text' });
  });

  test('of sends, settlements, settings, transcripts and skills is left out', async () => {
    const { turns, ledger, settings, transcripts, library } = open.stores;
    await turns.open(sampleTurn('t1'));
    for (const index of [0, 1]) await turns.intend(turnId('t1'), index, 'k', sampleBody('x'), sampleAt);
    damage(`UPDATE sends SET body = '{"blocks":[1]}' WHERE position = 0`);
    expect((await turns.sends(turnId('t1'))).map((send) => send.index)).toEqual([1]);

    for (const name of ['t1', 't2']) await ledger.schedule(turnId(name), { skills: sampleAt });
    damage(`UPDATE settlements SET reward = '{"kind":"known","value":1,"authority":"explicit","voices":1}'
      WHERE turn_id = 't1'`);
    expect((await ledger.due(sampleAt, 5)).map((one) => one.turnId)).toEqual(['t2']);
    expect(await ledger.settlement(turnId('t1'), 'skills')).toBeUndefined();

    const failure = { role: 'support', reason: 'failure' } as const;
    await ledger.settle(turnId('t2'), 'skills', 0, { kind: 'held' }, failure);
    damage(`UPDATE settlements SET state = 'used' WHERE turn_id = 't1'`);
    expect((await ledger.settledPage('skills', '', 5)).map((one) => one.turnId)).toEqual(['t2']);

    for (const key of ['a', 'b']) await settings.set('scope', key, 1);
    damage(`UPDATE settings SET value = 'nope' WHERE key = 'a'`);
    expect(await settings.list('scope')).toEqual({ b: 1 });
    expect(await settings.get('scope', 'a')).toBeUndefined();

    for (const messageId of ['a', 'b']) {
      await transcripts.put({ messageId, conversationKey: sampleKey, from: 'bot', content: 1, at: sampleAt });
    }
    damage(`UPDATE transcript SET content = '' WHERE message_id = 'a'`);
    expect((await transcripts.list(sampleKey, 5)).map((one) => one.messageId)).toEqual(['b']);

    await library.sync({ kind: 'global' }, [sampleSkill('a', '1'), sampleSkill('b', '1')], sampleAt);
    damage(`UPDATE skill_versions SET triggers = '{}' WHERE name = 'a'`);
    expect((await library.state()).skills.map((skill) => skill.name)).toEqual(['b']);
    expect(new Set(skipped().map((entry) => Object(entry).table))).toEqual(
      new Set(['sends', 'settlements', 'settings', 'transcript', 'skill_versions']),
    );
  });

  test('the ledger cannot be rewritten', async () => {
    await open.stores.ledger.append(sampleSignal('a'));
    expect(() => damage('UPDATE ledger SET polarity = 1')).toThrow('append-only');
  });
});
