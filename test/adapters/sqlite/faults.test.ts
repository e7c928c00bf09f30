import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventId, turnId } from '../../../core/domain/ids.ts';
import {
  sampleAt,
  sampleKey,
  sampleMessage,
  sampleSignal,
  sampleTurn,
} from '../../contract/store-samples.ts';
import { startChild } from './child.ts';
import { type Folder, makeFolder, type OpenStores, openAt } from './rig.ts';

let folder: Folder;
let path: string;
beforeEach(() => {
  folder = makeFolder();
  path = folder.file('state.db');
});
afterEach(() => folder.remove());

const accept = ({ stores }: OpenStores, id: string, text = 'words'): Promise<unknown> =>
  stores.inbox.accept(sampleMessage(id, { text }), sampleKey, sampleAt);
const pendingIds = async ({ stores }: OpenStores): Promise<readonly string[]> =>
  (await stores.inbox.pending()).map((row) => row.event.eventId);

describe('a database that another program has locked', () => {
  test('is busy: nothing changes, reading goes on, and writing goes on afterwards', async () => {
    const open = openAt(path, { busyTimeoutMs: 20 });
    const { stores } = open;
    await accept(open, 'before');
    await stores.turns.open(sampleTurn('t1', { eventIds: [eventId('web', 'before')] }));
    const child = startChild('lock-database.ts', [path]);
    await child.line((line) => line === 'locked');

    const busy = { name: 'AppError', code: 'storage_busy', retryable: true };
    const results = await Promise.allSettled([
      accept(open, 'a'),
      accept(open, 'b'),
      stores.ledger.append(sampleSignal('s')),
      stores.turns.end(turnId('t1'), { state: 'done', endedAt: sampleAt }),
      stores.inbox.begin([eventId('web', 'before')]),
      stores.settings.set('a', 'k', 1),
      stores.library.sync({ kind: 'global' }, [], sampleAt),
      stores.keyTable.take('cache', 'k', sampleAt),
    ]);
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: busy });
    expect(await pendingIds(open)).toEqual(['web:before']);
    expect((await stores.inbox.pending())[0]?.attempts).toBe(0);
    expect(await stores.ledger.count()).toBe(0);
    expect((await stores.turns.get(turnId('t1')))?.state).toBe('open');

    child.say('release');
    await child.line((line) => line === 'released');
    await child.ended();
    expect(await accept(open, 'a')).toEqual({ kind: 'stored', sequence: 2 });
    await stores.turns.end(turnId('t1'), { state: 'done', endedAt: sampleAt });
    expect(await pendingIds(open)).toEqual(['web:a']);
    open.database.close();
  });
});

describe('a full disk', () => {
  const words = 'words '.repeat(1_000);

  test('is said so: nothing is half stored, reading goes on, and writing goes on after space was freed', async () => {
    const open = openAt(path);
    const { database, stores } = open;
    const limitPages = (pages: number): unknown =>
      database.attempt(() => database.statement(`PRAGMA max_page_count = ${pages}`).get());
    await accept(open, 'first', words);
    limitPages(1);
    const stored = ['web:first'];
    let failure: unknown;
    for (let count = 0; failure === undefined && count < 1_000; count += 1) {
      await accept(open, `m${count}`, words).then(
        () => stored.push(`web:m${count}`),
        (thrown: unknown) => {
          failure = thrown;
        },
      );
    }
    expect(failure).toMatchObject({
      name: 'AppError',
      code: 'storage_full',
      message: expect.stringContaining('free some space'),
    });
    const both = await Promise.allSettled([accept(open, 'n1', words), accept(open, 'n2', words)]);
    for (const result of both) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'storage_full' } });
    }
    await expect(stores.turns.open(sampleTurn('t1', { requestText: words }))).rejects.toMatchObject({
      code: 'storage_full',
    });
    expect(await stores.turns.get(turnId('t1'))).toBeUndefined();
    expect(await stores.turns.byRequest(sampleTurn('t1').requestRefs[0]!)).toBeUndefined();
    expect(await pendingIds(open)).toEqual(stored);

    limitPages(1_000_000);
    expect(await accept(open, 'n1', words)).toEqual({ kind: 'stored', sequence: stored.length + 1 });
    expect(database.integrityFaults()).toEqual([]);
    database.close();
    const again = openAt(path);
    expect(await pendingIds(again)).toEqual([...stored, 'web:n1']);
    again.database.close();
  });

  const small = ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1500k tmpfs "$0" && exec "$@"'];
  const canMount = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt']).status === 0;

  test.skipIf(!canMount)(
    'of the system itself is the same (skipped where no small disk can be mounted)',
    async () => {
      const child = startChild('fill-disk.ts', [folder.path], ['unshare', ...small, folder.path]);
      const report: unknown = JSON.parse(await child.line((line) => line.startsWith('{')));
      await child.ended();
      expect(report).toMatchObject({
        full: 'storage_full',
        neighbours: ['storage_full', 'storage_full'],
        opening: 'storage_full',
        after: 'ok',
        faults: [],
      });
      const { signal, signalIsStored } = report as Record<string, unknown>;
      expect([signal, signalIsStored]).toBeOneOf([
        ['storage_full', false],
        ['ok', true],
      ]);
      const { read, storedWhenFull, kept, stored } = report as Record<string, string[]>;
      expect(storedWhenFull?.length).toBeGreaterThan(3);
      expect(read).toEqual(storedWhenFull);
      expect(kept).toEqual(stored);
      expect(kept?.at(-1)).toBe('after');
    },
  );
});

describe('kill -9', () => {
  /** How many acknowledgements are awaited before each kill: early, late, and in between. */
  const kills = [1, 7, 40, 133, 260, 18];

  test('loses nothing that was acknowledged, and applies nothing twice', async () => {
    const told: string[] = [];
    for (const [run, acknowledgements] of kills.entries()) {
      const child = startChild('work-forever.ts', [path, `run${run}`]);
      await child.line(() => child.lines.length >= acknowledgements);
      await child.kill();
      told.push(...child.lines);

      const open = openAt(path);
      expect(open.database.integrityFaults()).toEqual([]);
      const { inbox, turns, ledger, settings } = open.stores;
      const ends = new Set(told.filter((line) => line.startsWith('ended ')).map((line) => line.slice(6)));
      const pending = new Map((await inbox.pending()).map((row) => [row.event.eventId, row.sequence]));
      const sequences = new Set<string>();
      for (const line of told) {
        const [what = '', name = '', sequence = ''] = line.split(' ');
        const turn = () => turns.get(turnId(name));
        switch (what) {
          case 'accepted': {
            expect(sequence).toMatch(/^\d+$/);
            expect(sequences.has(sequence)).toBe(false);
            sequences.add(sequence);
            const id = eventId('web', name);
            const isDone = name.endsWith('-a') && ends.has(name.slice(0, -2));
            if (!isDone && !name.endsWith('-a')) expect(pending.get(id)).toBe(Number(sequence));
            if (isDone) expect(pending.has(id)).toBe(false);
            expect(await inbox.accept(sampleMessage(name), sampleKey, sampleAt)).toEqual({
              kind: 'duplicate',
            });
            break;
          }
          case 'opened':
            expect(await turn()).toMatchObject({ turnId: name });
            break;
          case 'intended':
            expect(await turns.sends(turnId(name))).toMatchObject([{ sendKey: `${name}.0` }]);
            break;
          case 'sent':
            expect((await turn())?.replyRefs).toHaveLength(1);
            break;
          case 'answered':
            expect(await turn()).toMatchObject({ replyText: `answer ${name}` });
            break;
          case 'signalled':
            expect(await ledger.ofTurn(turnId(name))).toHaveLength(1);
            break;
          case 'ended':
            expect(await turn()).toMatchObject({ state: 'done', endedAt: sampleAt });
            break;
          default:
            expect(what).toBe('set');
            expect(await settings.get('run', name)).toBeDefined();
        }
      }
      open.database.close();
    }
    expect(told.length).toBeGreaterThan(kills.reduce((sum, count) => sum + count, 0) - 1);
  });
});
