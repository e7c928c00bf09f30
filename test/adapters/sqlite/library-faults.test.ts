import { spawnSync } from 'node:child_process';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
import type { LibraryChange, LibraryStore } from '../../../core/ports/library-store.ts';
import { sampleAt, sampleScopes, sampleSkill, sampleTurn, skillName } from '../../contract/store-samples.ts';
import { startChild } from './child.ts';
import { type Folder, makeFolder, type OpenStores, openAt } from './rig.ts';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
});
afterEach(() => folder.remove());

const { global: everywhere, user: anns } = sampleScopes;

/** Everything in the file, table by table. */
function contents(): Readonly<Record<string, readonly unknown[]>> {
  const handle = new Database(path, { readonly: true });
  const tables = handle
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .pluck()
    .all();
  const all = tables.map((table) => [table, handle.prepare(`SELECT * FROM ${table}`).all()] as const);
  handle.close();
  return Object.fromEntries(all);
}

/** Two skills, a failure settled for skills, and a sample for the weights. */
async function withLibrary({ library, turns, ledger }: OpenStores['stores']): Promise<void> {
  await library.sync(everywhere, [sampleSkill('a', '1'), sampleSkill('b', '1')], sampleAt);
  for (const name of ['failure', 'sample']) {
    await turns.open(sampleTurn(name, { generation: 1 }));
    const dueAt = { skills: sampleAt, weights: sampleAt };
    await turns.end(turnId(name), { state: 'done', endedAt: sampleAt, replyText: 'So.', dueAt });
  }
  const reward = { kind: 'known', value: -1, authority: 'explicit', voices: 1, weight: 1 } as const;
  await ledger.settle(turnId('failure'), 'skills', 0, reward, { role: 'support', reason: 'failure' });
  await ledger.settle(turnId('sample'), 'weights', 0, reward, { role: 'query', reason: 'rated' });
}

async function changeOf(library: LibraryStore): Promise<LibraryChange> {
  const files = [{ path: 'SKILL.md', bytes: Uint8Array.of(1, 2) }];
  const text = { ...sampleSkill('a', 'edited'), files, origin: { kind: 'files' } as const };
  return {
    at: sampleAt + 1,
    expectedRevision: (await library.state()).revision,
    cause: { kind: 'edit' },
    entries: [
      { scope: everywhere, name: skillName('b'), state: 'retired' },
      { scope: anns, name: skillName('b'), state: 'hidden' },
      { scope: everywhere, name: skillName('a'), text },
    ],
    consumed: [turnId('failure')],
    invalidation: { mode: 'strict' },
  };
}

describe('a change of the library of which one statement fails', () => {
  const statements = [
    'INSERT ON skill_versions',
    'INSERT ON skill_files',
    'UPDATE ON skill_entries',
    'INSERT ON skill_entries',
    'UPDATE ON library_head',
    'INSERT ON library_log',
    "UPDATE ON settlements WHEN NEW.purpose = 'skills'",
    "UPDATE ON settlements WHEN NEW.turn_id = 'failure' AND NEW.purpose = 'weights'",
    "UPDATE ON settlements WHEN NEW.turn_id = 'sample'",
  ];

  test.each(statements)('leaves everything as it was, and may be made again: %s', async (statement) => {
    const { database, stores } = openAt(path);
    const { library, ledger, samples } = stores;
    await withLibrary(stores);
    const run = (sql: string): unknown => database.attempt(() => database.statement<[]>(sql).run());
    const [event = '', condition] = statement.split(' WHEN ');
    const when = condition === undefined ? '' : `WHEN ${condition}`;
    run(`CREATE TRIGGER fault BEFORE ${event} ${when} BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
    const before = contents();
    const change = await changeOf(library);
    await expect(library.apply(change)).rejects.toMatchObject({ name: 'AppError' });
    expect(contents()).toEqual(before);
    expect(await library.state()).toMatchObject({ generation: 1, revision: 1 });

    run('DROP TRIGGER fault');
    expect(await library.apply(change)).toMatchObject({
      generation: 2,
      revision: 2,
      hidden: [{ name: 'b' }],
    });
    expect(await ledger.settlement(turnId('failure'), 'skills')).toMatchObject({ state: 'used' });
    expect(await samples.counts()).toEqual({ dropped: 2, trained: 0, waiting: 0 });
    expect(database.integrityFaults()).toEqual([]);
    database.close();
  });

  test.each([
    'INSERT ON skill_versions',
    'UPDATE ON library_head',
    'INSERT ON skill_files',
    'UPDATE ON settlements',
  ])('read from files leaves everything as it was: %s', async (event) => {
    const { database, stores } = openAt(path);
    await withLibrary(stores);
    const run = (sql: string): unknown => database.attempt(() => database.statement<[]>(sql).run());
    run(`CREATE TRIGGER fault BEFORE ${event} BEGIN SELECT RAISE(ABORT, 'a fault'); END`);
    const before = contents();
    const files = [{ path: 'SKILL.md', bytes: Uint8Array.of(1) }];
    const texts = [{ ...sampleSkill('a', '2'), files }];
    const sync = (): Promise<unknown> => stores.library.sync(everywhere, texts, sampleAt, { mode: 'strict' });
    await expect(sync()).rejects.toMatchObject({ name: 'AppError' });
    expect(contents()).toEqual(before);
    run('DROP TRIGGER fault');
    expect(await sync()).toMatchObject({ generation: 2, revision: 2 });
    database.close();
  });
});

describe('a session of which one exposure cannot be written', () => {
  test('is not counted at all', async () => {
    const { database, stores } = openAt(path);
    const { trials, sessions } = stores;
    const { sessionId, conversationKey } = sampleTurn('t');
    const ended = {
      startedAt: sampleAt,
      lastActiveAt: sampleAt,
      endedAt: sampleAt,
      endReason: 'gap',
    } as const;
    await sessions.open({ sessionId, conversationKey, ...ended });
    const exposure = {
      scope: everywhere,
      name: skillName('a'),
      trial: 1,
      sessionId,
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
    };
    // Nothing that is no number can be stored as one.
    const wrong = { ...exposure, outcome: Number.NaN };
    await expect(trials.count(sessionId, [exposure, wrong])).rejects.toMatchObject({ code: 'invalid_input' });
    expect(await trials.exposures(exposure)).toEqual([]);
    expect(await trials.uses()).toEqual([]);
    expect(await trials.countable(9)).toHaveLength(1);
    database.close();
  });
});

describe('a library that another program has locked', () => {
  test('is busy: nothing changes, and the same change is made afterwards', async () => {
    const { database, stores } = openAt(path, { busyTimeoutMs: 20 });
    const { library, proposals, trials } = stores;
    await withLibrary(stores);
    const change = await changeOf(library);
    const child = startChild('lock-database.ts', [path]);
    await child.line((line) => line === 'locked');
    const busy = { name: 'AppError', code: 'storage_busy', retryable: true };
    const results = await Promise.allSettled([
      library.apply(change),
      library.sync(everywhere, [], sampleAt),
      proposals.update(1, 0, {}),
      proposals.spend('2026-01-05', 1),
      trials.count(sampleTurn('t').sessionId, []),
    ]);
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: busy });
    expect(await library.state()).toMatchObject({ generation: 1, revision: 1 });
    child.say('release');
    await child.ended();
    expect(await library.apply(change)).toMatchObject({ generation: 2 });
    database.close();
  });
});

describe('a full disk', () => {
  const small = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=2500k tmpfs "$0" && exec "$@"'];
  const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

  test.skipIf(!canMount)(
    'leaves the last whole change, and goes on after space was freed (skipped where no small disk can be mounted)',
    async () => {
      const child = startChild('fill-library.ts', [folder.path], ['unshare', ...small, folder.path]);
      const report: unknown = JSON.parse(await child.line((line) => line.startsWith('{')));
      await child.ended();
      const { done } = report as { readonly done: number };
      expect(done).toBeGreaterThan(3);
      expect(report).toEqual({
        done,
        full: 'storage_full',
        whenFull: {
          generation: done,
          revision: done,
          versions: [done, done],
          consumed: [true, false],
          logged: 2 * done,
        },
        after: 'ok',
        generation: done + 1,
        faults: [],
      });
    },
  );
});
