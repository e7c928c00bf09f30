import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../../../adapters/sqlite/migrations.ts';
import { turnId } from '../../../core/domain/ids.ts';
import { temporaryFolder } from '../../config/settings-folder.ts';
import { sampleApiKey } from '../../contract/api-key-store.ts';
import { sampleAt, sampleBody, sampleRef, sampleSession, sampleTurn } from '../../contract/store-samples.ts';
import { openAt } from './rig.ts';

const recorded = (name: string) =>
  ({
    turn: sampleTurn(name),
    replyText: 'text',
    replyRefs: [sampleRef(name)],
    end: { state: 'done', endedAt: sampleAt, dueAt: { skills: sampleAt }, judgeAt: sampleAt },
  }) as const;

test('turns, their session and what was spent share one commit', async () => {
  const flushes: (() => void)[] = [];
  const { database, stores } = openAt(':memory:', { schedule: (flush) => flushes.push(flush) });
  onTestFinished(() => database.close());
  const key = sampleApiKey('a');
  await stores.apiKeys.add(key, 'digest');
  const stored = Promise.all([
    stores.sessions.open(sampleSession('session-1')),
    ...['t1', 't2'].map((name) => stores.turns.record(recorded(name))),
    stores.apiKeys.spent({ keyId: key.keyId, month: '2026-11', tokens: 5, requests: 1 }, sampleAt),
  ]);
  await Promise.resolve();
  expect(flushes).toHaveLength(1);
  expect(await stores.turns.get(turnId('t1'))).toBeUndefined();
  expect(await stores.apiKeys.spendings('2026-11')).toEqual([]);
  flushes[0]?.();
  await stored;
  expect(flushes).toHaveLength(1);
  expect(await stores.turns.counts()).toMatchObject({ done: 2 });
  expect(await stores.sessions.openSessions()).toHaveLength(1);
  expect(await stores.apiKeys.spendings('2026-11')).toHaveLength(1);
});

test('what is settled of a turn knows whose it is and when it was asked, also when the turn goes on', async () => {
  const { database, stores } = openAt(':memory:');
  onTestFinished(() => database.close());
  const rows = database.statement<[], unknown>('SELECT space_id, asked_at FROM settlements');
  const expected = [{ space_id: sampleTurn('t1').conversation.spaceId, asked_at: sampleAt }];
  await stores.turns.record(recorded('t1'));
  expect(database.attempt(() => rows.all())).toEqual(expected);
  const later = sampleTurn('t1', { startedAt: sampleAt + 500 });
  await stores.turns.record({ ...recorded('t1'), turn: later });
  expect(database.attempt(() => rows.all())).toEqual(expected);
});

test('turns from before there were recorded ones keep their messages', async () => {
  const path = join(temporaryFolder(), 'metaclaw.db');
  const steps = migrations.findIndex(({ sql }) => sql.includes('ADD COLUMN reply_refs'));
  const before = openAt(path, { migrations: migrations.slice(0, steps) });
  await before.stores.turns.open(sampleTurn('t1'));
  await before.stores.turns.intend(turnId('t1'), 0, 'key', sampleBody('a'), sampleAt);
  await before.stores.turns.sent(turnId('t1'), 0, sampleRef('r1'), sampleAt);
  before.database.close();
  const { database, stores } = openAt(path);
  onTestFinished(() => database.close());
  expect(await stores.turns.byReply(sampleRef('r1'))).toMatchObject({
    turnId: 't1',
    replyRefs: [sampleRef('r1')],
  });
});

test('messages of an answer that cannot be read leave the turn out, and it goes on all the same', async () => {
  const { database, stores, logger } = openAt(':memory:');
  onTestFinished(() => database.close());
  await stores.turns.record(recorded('t1'));
  const damage = database.statement<[]>("UPDATE turns SET reply_refs = '{'");
  database.attempt(() => damage.run());
  expect(await stores.turns.get(turnId('t1'))).toBeUndefined();
  expect(logger.of('storage_row_skipped').map(({ fields }) => fields)).toEqual([
    { table: 'turns', id: 't1' },
  ]);
  await stores.turns.record(recorded('t1'));
  expect(await stores.turns.byReply(sampleRef('t1'))).toMatchObject({ replyRefs: [sampleRef('t1')] });
});
