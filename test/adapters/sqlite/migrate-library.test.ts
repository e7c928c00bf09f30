import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrations } from '../../../adapters/sqlite/migrations.ts';
import type { Reward } from '../../../core/domain/reward.ts';
import { type Skill, type SkillScope, skillScopeKey } from '../../../core/domain/skill.ts';
import {
  sampleAt,
  sampleKey,
  sampleScopes,
  sampleSkill,
  sampleTurn,
  skillName,
} from '../../contract/store-samples.ts';
import { type Folder, makeFolder, openAt } from './rig.ts';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
  openAt(path, { migrations: migrations.slice(0, 5) }).database.close();
});
afterEach(() => folder.remove());

const { global: everywhere, space: team } = sampleScopes;
const { turnId: id, askerId, sessionId: session, conversation, skills } = sampleTurn('t1');
const bad: Reward = { kind: 'known', value: -1, authority: 'explicit', voices: 1, weight: 1 };

/** Writes with the statements of that version. */
function asBefore(work: (handle: Database.Database) => void): void {
  const handle = new Database(path);
  work(handle);
  handle.close();
}

function putSkill(
  handle: Database.Database,
  scope: SkillScope,
  name: string,
  version: number,
  content: string,
  active: 0 | 1,
): void {
  const { contentHash, description, triggers, body, source } = sampleSkill(name, content);
  handle
    .prepare(`INSERT INTO skill_versions (scope, name, version, content_hash, description, triggers, body, source,
      created_at, active) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    .run(
      ...[skillScopeKey(scope), name, version, contentHash, description],
      ...[JSON.stringify(triggers), body, source, sampleAt + version, active],
    );
}

function putSkills(handle: Database.Database): void {
  putSkill(handle, everywhere, 'b', 1, 'b', 1);
  putSkill(handle, everywhere, 'a', 1, 'old', 0);
  putSkill(handle, everywhere, 'a', 2, 'new', 1);
  putSkill(handle, everywhere, 'gone', 1, 'gone', 0);
  putSkill(handle, team, 'a', 1, 'of the team', 1);
  for (const generation of [1, 2, 3]) {
    handle.prepare("INSERT INTO generations VALUES (?, '{}', ?)").run(generation, sampleAt);
  }
}

const brief = ({ scope, name, version, origin, standing }: Skill): readonly unknown[] => [
  `${scope.kind}/${name}@${version}`,
  origin.kind,
  standing.state,
  standing.trial,
  standing.since - sampleAt,
];

test('skills and their generation are carried over and begin the record', async () => {
  asBefore(putSkills);
  const { database, stores, logger } = openAt(path);
  const { library } = stores;
  const state = await library.state();
  expect(state).toMatchObject({ generation: 3, revision: 0, hidden: [] });
  expect(state.skills.map(brief)).toEqual([
    ['global/a@2', 'files', 'active', 1, 2],
    ['global/b@1', 'files', 'active', 2, 1],
    ['space/a@1', 'files', 'active', 1, 1],
  ]);
  expect(state.skills[0]).toMatchObject(sampleSkill('a', 'new'));
  expect(state.resting.map(brief)).toEqual([['global/gone@1', 'files', 'retired', 3, 1]]);
  expect(await library.version(skillName('a'), 1)).toMatchObject(sampleSkill('a', 'old'));
  expect((await library.entriesAt(3))?.map(({ name, state: stands }) => [name, stands])).toEqual([
    ['a', 'active'],
    ['b', 'active'],
    ['gone', 'retired'],
    ['a', 'active'],
  ]);
  for (const unknown of [0, 1, 2, 4]) expect(await library.entriesAt(unknown)).toBeUndefined();
  expect(await library.history(9)).toEqual([]);
  expect(logger.of('storage_row_skipped')).toEqual([]);
  expect(database.integrityFaults()).toEqual([]);
  database.close();
});

test('the same folder changes nothing, and the record goes on from there', async () => {
  asBefore(putSkills);
  const { database, stores } = openAt(path);
  const { library } = stores;
  const files = [sampleSkill('a', 'new'), sampleSkill('b', 'b')];
  expect(await library.sync(everywhere, files, sampleAt)).toEqual(await library.state());
  const back = await library.sync(everywhere, [...files, sampleSkill('gone', 'gone')], sampleAt + 9);
  expect(back).toMatchObject({ generation: 4, revision: 1, resting: [] });
  expect(back.skills.find(({ name }) => name === 'gone')).toMatchObject({
    version: 1,
    standing: { trial: 4 },
  });
  expect((await library.entriesAt(3))?.map((entry) => entry.state)).toContain('retired');
  expect(await library.entriesAt(4)).not.toContainEqual(expect.objectContaining({ state: 'retired' }));
  expect(await library.entriesAt(2)).toBeUndefined();
  database.close();
});

test('a library without a skill begins with generation 0', async () => {
  const { database, stores } = openAt(path);
  expect(await stores.library.state()).toMatchObject({ generation: 0, revision: 0, skills: [] });
  expect(await stores.library.entriesAt(0)).toEqual([]);
  database.close();
});

test('turns, rewards and sessions are carried over, and what looks for them finds them', async () => {
  asBefore((handle) => {
    handle
      .prepare(`INSERT INTO turns (turn_id, conversation_key, platform, channel_id, conversation, session_id,
        asker_id, asker_name, event_ids, request_refs, request_text, generation, skills, policy, prompt_hash,
        state, reply_text, started_at)
        VALUES (?, ?, 'web', 'general', ?, ?, ?, 'Ann', '[]', '[]', 'Why?', 2, ?, 'm', 'h', 'done', 'So.', ?)`)
      .run(id, sampleKey, JSON.stringify(conversation), session, askerId, JSON.stringify(skills), sampleAt);
    handle.exec(`INSERT INTO turns (turn_id, conversation_key, platform, channel_id, conversation, session_id,
      asker_id, asker_name, event_ids, request_refs, request_text, generation, skills, policy, prompt_hash, state,
      started_at) VALUES ('damaged', 'k', 'web', 'general', '{', 's', 'a', 'Ann', '[]', '[]', 'Why?', 2, '[]', 'm',
      'h', 'done', 0)`);
    const settlement =
      handle.prepare(`INSERT INTO settlements (turn_id, purpose, state, due_at, reward, outcome,
      role, role_reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`);
    settlement.run('t1', 'skills', 'settled', sampleAt, JSON.stringify(bad), 'known', 'support', 'failure');
    settlement.run('t1', 'weights', 'open', sampleAt + 9, null, null, null, null);
    settlement.run('lost', 'skills', 'settled', sampleAt, '{', 'known', 'support', 'failure');
    const open =
      handle.prepare(`INSERT INTO sessions (session_id, conversation_key, started_at, last_active_at,
      ended_at, end_reason) VALUES (?, ?, 0, 0, ?, ?)`);
    open.run(session, sampleKey, null, null);
    open.run('ended', sampleKey, sampleAt, 'gap');
  });
  const { database, stores } = openAt(path);
  const { turns, ledger, trials, evidence, samples, sessions } = stores;
  expect(await turns.get(id)).toMatchObject({ generation: 2, skills, maskedSkills: [] });
  expect(await ledger.settlement(id, 'skills')).toMatchObject({ state: 'settled', reward: bad });
  expect(await ledger.settlement(id, 'weights')).toMatchObject({ state: 'open', dueAt: sampleAt + 9 });
  expect(await ledger.settlement(id, 'weights')).not.toHaveProperty('droppedBy');
  expect(await evidence.spacesWithFailures()).toEqual([conversation.spaceId]);
  expect((await evidence.failures(conversation.spaceId, 9)).map((turn) => turn.turnId)).toEqual([id]);
  expect(await trials.labelledTurns(sampleAt, conversation.spaceId)).toBe(1);
  expect((await samples.waiting(3, '', 9)).map((one) => one.turnId)).toEqual([id]);
  // Sessions that had ended are over with; those under way are counted like any.
  expect(await trials.countable(9)).toEqual([]);
  await sessions.end(session, sampleAt, 'command');
  expect(await trials.countable(9)).toMatchObject([{ sessionId: session, turns: [{ turnId: id }] }]);
  expect(database.integrityFaults()).toEqual([]);
  database.close();
});
