import { PassThrough } from 'node:stream';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { runLedgerTail } from '../../../config/cli/ledger-command.ts';
import { runProgram } from '../../../config/cli/program.ts';
import { databasePath } from '../../../config/storage.ts';
import { personId, turnId } from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { type OpenStores, openAt } from '../../adapters/sqlite/rig.ts';
import { sampleAt, sampleSignal } from '../../contract/store-samples.ts';
import { workingFolder } from '../../flow/metaclaw-process.ts';

function ioIn(home: string): CommandIo & { readonly stdout: PassThrough; readonly stderr: PassThrough } {
  return {
    stdin: new PassThrough().end(),
    stdout: new PassThrough(),
    stderr: new PassThrough(),
    variables: { METACLAW_HOME: home },
    workingFolder: home,
    processId: process.pid,
    nodeVersion: '24.0.0',
    fetch: () => Promise.reject(new TypeError('nothing is reachable in this test')),
    personName: 'ada',
  };
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(home: string, line: string): Promise<Ran> {
  const io = ioIn(home);
  const code = await runProgram(['node', 'metaclaw', ...line.split(' ')], io);
  return { code, out: String(io.stdout.read() ?? ''), err: String(io.stderr.read() ?? '') };
}

async function withLedger(work: (home: string, open: OpenStores) => Promise<void>): Promise<void> {
  const home = workingFolder();
  const open = openAt(databasePath(home));
  try {
    await work(home, open);
  } finally {
    open.database.close();
  }
}

const onTurn = (changes: Partial<Signal> = {}): Partial<Signal> => ({
  target: { kind: 'turn', turnId: turnId('turn_1') },
  ...changes,
});
const lines = (out: string): readonly string[] => out.trimEnd().split('\n');

describe('ledger tail', () => {
  test('prints the newest rows in the order they were written, without anybody’s words', async () => {
    await withLedger(async (home, { stores }) => {
      for (let row = 0; row < 25; row += 1) await stores.ledger.append(sampleSignal(`e${row}`));
      await stores.ledger.append(
        sampleSignal('said', onTurn({ kind: 'correction', name: 'wrong', polarity: -1, text: 'My secret' })),
      );
      await stores.ledger.append(
        sampleSignal('judged', {
          ...onTurn({ kind: 'judge', name: 'alone', polarity: 0.5, weight: 0.25, rule: 'judge@1' }),
          actorId: personId('web', 'judge'),
          authority: 'judge',
        }),
      );
      const { actorId: _, ...all } = sampleSignal('cleared', { change: 'cleared', name: '', polarity: 0 });
      await stores.ledger.append(all);
      const whole = await run(home, 'ledger tail');
      expect([whole.code, lines(whole.out).length, whole.err]).toEqual([0, 20, '']);
      const { out } = await run(home, 'ledger tail -n 4');
      expect(lines(out)).toEqual([
        '2026-01-05T12:00:00.000Z  web:ann  reaction  👍  +1  x1  web:general/answer  polarity-table@1',
        '2026-01-05T12:00:00.000Z  web:ann  correction  wrong  -1  x1  turn_1  polarity-table@1',
        '2026-01-05T12:00:00.000Z  web:judge  judge  alone  +0.5  x0.25  turn_1  judge@1',
        '2026-01-05T12:00:00.000Z  everybody  reaction cleared  -  0  x1  web:general/answer  polarity-table@1',
      ]);
      expect((await run(home, 'ledger tail -n 3 --words')).out).toContain('polarity-table@1  "My secret"');
      expect((await run(home, 'ledger tail -n 0')).out).toBe('');
    });
  });

  test('prints objects for programs, and words only when asked', async () => {
    await withLedger(async (home, { stores }) => {
      const row = sampleSignal('said', onTurn({ text: 'My secret' }));
      await stores.ledger.append(row);
      const { text: _, ...wordless } = row;
      expect(JSON.parse((await run(home, 'ledger tail --json')).out)).toEqual({ sequence: 1, ...wordless });
      expect(JSON.parse((await run(home, 'ledger tail --json --words')).out)).toEqual({
        sequence: 1,
        ...row,
      });
    });
  });

  test('finds as many rows as were asked for where others were forgotten', async () => {
    await withLedger(async (home, { stores }) => {
      await stores.ledger.append(sampleSignal('first', onTurn({ name: 'first' })));
      for (let row = 0; row < 40; row += 1) await stores.ledger.append(sampleSignal(`nobodys-${row}`));
      await stores.ledger.append(sampleSignal('last', onTurn({ name: 'last' })));
      expect(await stores.ledger.forgetUnmatched(sampleAt * 2)).toBe(40);
      const { out } = await run(home, 'ledger tail -n 2');
      expect(lines(out).map((line) => line.split('  ')[3])).toEqual(['first', 'last']);
    });
  });

  test('nothing that came from a platform moves the terminal or makes lines of its own', async () => {
    await withLedger(async (home, { stores }) => {
      const name = ':a\u001b[2J\n2026 web:eve\u202e:';
      await stores.ledger.append(sampleSignal('hostile', onTurn({ name, text: '\u001b]0;x\u0007\nnew' })));
      const { out } = await run(home, 'ledger tail --words');
      expect(lines(out)).toHaveLength(1);
      expect(out.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(out).toContain(':a\\u{1b}[2J\\u{a}2026 web:eve\\u{202e}:');
    });
  });

  test('follows what a running bot writes until it is stopped', async () => {
    await withLedger(async (home, { stores }) => {
      await stores.ledger.append(sampleSignal('before', onTurn({ name: 'before' })));
      const io = ioIn(home);
      const stop = new AbortController();
      const looks: number[] = [];
      const clock = {
        // Each pause is a chance for the bot: rows come in the first two, the third ends it.
        sleep: async (delayMs: number): Promise<void> => {
          looks.push(delayMs);
          if (looks.length === 3) stop.abort();
          else {
            await stores.ledger.append(
              sampleSignal(`during-${looks.length}`, onTurn({ name: `during-${looks.length}` })),
            );
          }
        },
      };
      const options = { json: false, rows: 5, follow: true, words: false, signal: stop.signal, clock };
      expect(await runLedgerTail(io, options)).toBe(0);
      const names = lines(String(io.stdout.read())).map((line) => line.split('  ')[3]);
      expect(names).toEqual(['before', 'during-1', 'during-2']);
      expect(looks).toEqual([500, 500, 500]);
    });
  });

  test('a reader that went away ends it without a fault', async () => {
    await withLedger(async (home, { stores }) => {
      await stores.ledger.append(sampleSignal('a', onTurn()));
      const io = ioIn(home);
      const sleep = async (): Promise<void> => {
        io.stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        await new Promise((resolve) => setImmediate(resolve));
      };
      const options = { json: false, rows: 1, follow: true, words: false, clock: { sleep } };
      expect(await runLedgerTail(io, options)).toBe(0);
    });
  });

  test('without a database says so, and makes none', async () => {
    const home = workingFolder();
    expect(await run(home, 'ledger tail')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('metaclaw start'),
    });
    expect(JSON.parse((await run(home, 'ledger verify --json')).out)).toMatchObject({
      ok: false,
      code: 'not_found',
    });
  });

  test.each(['ledger', 'ledger tell', 'ledger tail -n -1', 'ledger tail -n many', 'ledger verify extra'])(
    '"%s" is wrong usage: 2',
    async (line) => {
      const { code, out, err } = await run(workingFolder(), line);
      expect([code, out]).toEqual([2, '']);
      expect(err).not.toBe('');
    },
  );
});

describe('ledger verify', () => {
  const known = { kind: 'known', value: 1, authority: 'explicit', voices: 1, weight: 1 } as const;
  const decision = { role: 'query', reason: 'rated' } as const;

  async function settle({ stores }: OpenStores, name: string): Promise<void> {
    await stores.ledger.schedule(turnId(name), { skills: sampleAt, weights: sampleAt });
    await stores.ledger.append(sampleSignal(name, { target: { kind: 'turn', turnId: turnId(name) } }));
    for (const use of ['skills', 'weights'] as const) {
      await stores.ledger.settle(turnId(name), use, 0, known, decision);
    }
  }

  test('all is well: how many, and 0', async () => {
    await withLedger(async (home, open) => {
      for (const name of ['a', 'b', 'c']) await settle(open, name);
      await open.stores.ledger.schedule(turnId('open'), { skills: sampleAt });
      await open.stores.ledger.markUsed([turnId('a'), turnId('b')], 'weights');
      await open.stores.ledger.schedule(turnId('b'), { weights: sampleAt });
      expect(await run(home, 'ledger verify')).toEqual({
        code: 0,
        out: [
          'Settled rewards compared with the ledger: 5',
          'Different: 0',
          'Not compared, as signals came after they were used: 1\n',
        ].join('\n'),
        err: '',
      });
      expect(JSON.parse((await run(home, 'ledger verify --json')).out)).toEqual({
        ok: true,
        compared: 5,
        different: 0,
        late: 1,
        unreadable: 0,
        differences: [],
      });
    });
  });

  test('a reward that the ledger does not fold to is told, and damaged rows are: 1', async () => {
    await withLedger(async (home, open) => {
      for (const name of ['a', 'b', 'c']) await settle(open, name);
      const handle = new Database(databasePath(home));
      handle.exec(`
        UPDATE settlements SET reward = json_set(reward, '$.value', -1.0)
          WHERE turn_id = 'b' AND purpose = 'skills';
        UPDATE settlements SET reward = '{' WHERE turn_id = 'c' AND purpose = 'skills'`);
      handle.close();
      const { code, out } = await run(home, 'ledger verify');
      expect(code).toBe(1);
      expect(lines(out)).toEqual([
        'b (skills): stored -1 (explicit, 1 voice, weight 1), the ledger says 1 (explicit, 1 voice, weight 1)',
        'Settled rewards compared with the ledger: 5',
        'Different: 1',
        'Damaged, not readable: 1',
      ]);
      const json = await run(home, 'ledger verify --json');
      expect(json.code).toBe(1);
      expect(JSON.parse(json.out)).toEqual({
        ok: false,
        compared: 5,
        different: 1,
        late: 0,
        unreadable: 1,
        differences: [{ turnId: 'b', use: 'skills', stored: { ...known, value: -1 }, recomputed: known }],
      });
    });
  });
});
