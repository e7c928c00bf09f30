import { existsSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readWriterHolder } from '../../../adapters/sqlite/writer-lock.ts';
import { createSystemClock } from '../../../adapters/system/clock.ts';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import type { CommandIo } from '../../../config/cli/command-io.ts';
import { runProgram } from '../../../config/cli/program.ts';
import { createControlMount } from '../../../config/control-mount.ts';
import { guardWithToken, readControlToken, writeControlToken } from '../../../config/control-token.ts';
import { createHttpListener } from '../../../config/http-listener.ts';
import { databasePath, openStorage } from '../../../config/storage.ts';
import { type ApiKeyAccess, createApiAccess } from '../../../core/intake/api-access.ts';
import { createApiKeys } from '../../../core/intake/api-keys.ts';
import { openAt } from '../../adapters/sqlite/rig.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { workingFolder } from '../../flow/metaclaw-process.ts';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs one command line; a word in brackets has the blanks that it needs: `[My App]`. */
async function run(home: string, line: string, variables: Record<string, string> = {}): Promise<Ran> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const io: CommandIo = {
    stdin: new PassThrough().end(),
    stdout,
    stderr,
    variables: { METACLAW_HOME: home, ...variables },
    workingFolder: home,
    processId: process.pid,
    nodeVersion: '24.0.0',
    fetch,
    personName: 'ada',
  };
  const words = [...line.matchAll(/\[([^\]]*)\]|(\S+)/g)].map(
    ([, bracketed, plain]) => bracketed ?? plain ?? '',
  );
  const code = await runProgram(['node', 'metaclaw', ...words], io);
  return { code, out: String(stdout.read() ?? ''), err: String(stderr.read() ?? '') };
}

interface Running {
  readonly access: ApiKeyAccess;
  readonly logger: MemoryLogger;
  /** Closes its listener and keeps its lock: it hangs. */
  hang(): Promise<void>;
  /** Gives the lock back too, and leaves its name and token behind: it was killed. */
  kill(): Promise<void>;
}

/** As much of a bot as other commands see of it. */
async function startRunning(home: string): Promise<Running> {
  const clock = createSystemClock();
  const ids = createSystemIds(clock);
  const logger = createMemoryLogger();
  const storage = openStorage(home, { clock, logger, processId: process.pid });
  const access = createApiAccess({ clock, ids, platform: 'api', asksHere: true });
  const keys = createApiKeys({ store: storage.stores.apiKeys, access, clock, ids, logger, platform: 'api' });
  await keys.load();
  const listener = createHttpListener({ host: '127.0.0.1', port: 0, maxBodyBytes: 65_536, clock, logger });
  const mount = createControlMount({ status: () => ({}), issueLinkCode: async () => 'code', keys });
  listener.mount(guardWithToken(mount, writeControlToken(home, ids), ids.digest));
  const address = await listener.listen();
  storage.lock.announce({ pid: process.pid, address });
  onTestFinished(async () => {
    await listener.close(0);
    storage.close();
  });
  return {
    access,
    logger,
    hang: () => listener.close(0),
    async kill() {
      await listener.close(0);
      storage.close();
      storage.lock.announce({ pid: process.pid, address });
    },
  };
}

const lines = (text: string): readonly string[] => text.trimEnd().split('\n');
const admits = (access: ApiKeyAccess, key: string): boolean =>
  access.admit({ key, isFromHere: false, purpose: 'other' }).kind === 'admitted';

async function secretOf(home: string, line: string): Promise<string> {
  const { code, out, err } = await run(home, line);
  expect([code, err === ''], err).toEqual([0, false]);
  return out.trimEnd();
}

describe.each([
  ['beside a running bot', true],
  ['without a bot', false],
])('%s', (_, isRunning) => {
  async function home(): Promise<string> {
    const folder = workingFolder();
    if (isRunning) await startRunning(folder);
    return folder;
  }

  test('create prints the key alone, and what it is beside it', async () => {
    const folder = await home();
    const { code, out, err } = await run(folder, 'key create [My App]');
    expect([code, out]).toEqual([0, expect.stringMatching(/^mc_[0-9a-z]{40}\n$/)]);
    expect(err).toContain(
      '“My App”: space my-app; key for the model server: the operator’s; allowed uses: judge, evolve; limits: none.',
    );
    expect(err).toContain('never again');
    expect(err).not.toContain(out.trimEnd());
    const admin = await run(folder, 'key create desk --admin');
    expect(admin.out).toMatch(/^mca_[0-9a-z]{40}\n$/);
    expect(admin.err).toContain('“desk”: an admin key, which gives commands in every space');
  });

  test('create, change, revoke and list for programs', async () => {
    const folder = await home();
    const flags =
      '--space shop --upstream-key caller --allow evolve,export,evolve --monthly-tokens 5000 --per-minute 60 --at-once 4';
    const made = JSON.parse((await run(folder, `key create app ${flags} --json`)).out);
    const key = {
      keyId: expect.stringMatching(/^key_/),
      name: 'app',
      kind: 'agent',
      space: 'shop',
      upstreamKey: 'caller',
      uses: ['evolve', 'export'],
      monthlyTokens: 5_000,
      requestsPerMinute: 60,
      maxConcurrent: 4,
      createdAt: expect.any(Number),
    };
    expect(made).toEqual({ ok: true, secret: expect.stringMatching(/^mc_[0-9a-z]{40}$/), key });
    const changes = '--upstream-key own --allow none --monthly-tokens none --per-minute none --at-once 5';
    const changed = JSON.parse((await run(folder, `key change app ${changes} --json`)).out);
    const { monthlyTokens: _tokens, requestsPerMinute: _rate, ...kept } = key;
    const after = { ...kept, upstreamKey: 'own', uses: [], maxConcurrent: 5 };
    expect(changed).toEqual({ ok: true, key: after });
    const revoked = JSON.parse((await run(folder, `key revoke ${made.key.keyId} --json`)).out);
    expect(revoked).toEqual({ ok: true, key: { ...after, revokedAt: expect.any(Number) } });
    const list = await run(folder, 'key list --json');
    expect(JSON.parse(list.out)).toEqual({
      ok: true,
      month: new Date(made.key.createdAt).toISOString().slice(0, 7),
      keys: [{ ...revoked.key, tokens: 0, requests: 0 }],
    });
    expect(list.out + JSON.stringify(changed)).not.toContain(made.secret);
  });

  test('list shows who they are, what they may do and whether they are in use, and no key', async () => {
    const folder = await home();
    expect((await run(folder, 'key list')).out).toContain('There are no keys yet. `metaclaw key create');
    const secrets = [
      await secretOf(
        folder,
        'key create app --monthly-tokens 1000000 --per-minute 60 --at-once 4 --allow none',
      ),
      await secretOf(folder, 'key create old'),
      await secretOf(folder, 'key create ops --admin'),
    ];
    expect((await run(folder, 'key revoke old')).out).toBe(
      '“old” is revoked: nobody is let in by it any more.\n',
    );
    const { code, out, err } = await run(folder, 'key list');
    expect([code, err]).toEqual([0, '']);
    const [head, , ...rows] = lines(out).map((line) => line.split(' | ').map((cell) => cell.trim()));
    const month = new Date().toISOString().slice(0, 7);
    expect(head).toEqual(
      ['name', 'kind', 'space', 'limits', 'allows', 'model key', 'last used', 'state'].concat(
        `tokens and requests in ${month}`,
      ),
    );
    expect(rows).toEqual([
      [
        'app',
        'agent',
        'app',
        '1,000,000 tokens a month, 60 requests a minute, 4 at once',
        'none',
        'own',
        'never',
        'in use',
        '0 in 0',
      ],
      [
        'old',
        'agent',
        'old',
        'none',
        'judge, evolve',
        'own',
        'never',
        expect.stringMatching(/^revoked \d{4}-\d\d-\d\d$/),
        '0 in 0',
      ],
      ['ops', 'admin', '-', '-', '-', '-', 'never', 'in use', '-'],
    ]);
    for (const secret of secrets) expect(out).not.toContain(secret.slice(4));
  });

  test('what cannot be is told with its reason, in words and for programs', async () => {
    const folder = await home();
    await run(folder, 'key create app');
    const twice = await run(folder, 'key create app');
    expect(twice).toMatchObject({ code: 1, out: '', err: expect.stringContaining('“app” already') });
    const json = JSON.parse((await run(folder, 'key create app --json')).out);
    expect(json).toEqual({ ok: false, code: 'conflict', message: twice.err.trimEnd() });
    for (const [line, kind] of [
      ['key revoke nobody', 'not_found'],
      ['key change nobody --at-once 1', 'not_found'],
      ['key change app', 'invalid_input'],
      ['key create other --space Shop', 'invalid_input'],
      ['key create [  ]', 'invalid_input'],
      ['key create other --admin --at-once 1', 'invalid_input'],
    ] as const) {
      const { code, out } = await run(folder, `${line} --json`);
      expect([code, JSON.parse(out).code], line).toEqual([1, kind]);
    }
    expect(JSON.parse((await run(folder, 'key list --json')).out).keys).toHaveLength(1);
  });
});

describe('with a running bot', () => {
  test('a new key is let in at once, and a revoked one no more; the log has no key', async () => {
    const folder = workingFolder();
    const { access, logger } = await startRunning(folder);
    const secret = await secretOf(folder, 'key create app');
    expect(admits(access, secret)).toBe(true);
    await run(folder, 'key revoke app');
    expect(admits(access, secret)).toBe(false);
    expect(logger.of('api_key_created')).toHaveLength(1);
    expect(JSON.stringify(logger.entries)).not.toContain(secret.slice(3));
  });

  test('only whoever has the token is listened to, and only for what is understood', async () => {
    const folder = workingFolder();
    await startRunning(folder);
    const token = readControlToken(folder);
    const at = readWriterHolder(databasePath(folder))?.address;
    const post = (path: string, body: string, bearer = token): Promise<Response> =>
      fetch(`${at}${path}`, { method: 'POST', body, headers: { authorization: `Bearer ${bearer}` } });
    const wanted = JSON.stringify({ name: 'app', kind: 'agent' });
    expect((await post('/control/keys', wanted, 'guess')).status).toBe(401);
    for (const body of [
      '',
      '{',
      '[]',
      '{"name":"app"}',
      '{"name":"app","kind":"agent","rate":1}',
      '{"name":"app","kind":"agent","uses":["sell"]}',
      '{"name":5,"kind":"agent"}',
    ]) {
      const answer = await post('/control/keys', body);
      expect([answer.status, await answer.json()], body).toEqual([400, { message: expect.any(String) }]);
    }
    const made = await post('/control/keys', wanted);
    expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect((await post('/control/keys', wanted)).status).toBe(409);
    expect((await post('/control/keys/revoke', '{"name":"nobody"}')).status).toBe(404);
    expect((await post('/control/link', '')).status).toBe(200);
  });

  test('one that does not answer and has the data folder is said so', async () => {
    const folder = workingFolder();
    const { hang } = await startRunning(folder);
    await hang();
    expect(await run(folder, 'key create app')).toMatchObject({
      code: 69,
      out: '',
      err: expect.stringContaining('does not answer'),
    });
    // Reading needs nobody.
    expect((await run(folder, 'key list')).code).toBe(0);
  });

  test('one that was killed is no hindrance', async () => {
    const folder = workingFolder();
    const { kill } = await startRunning(folder);
    await kill();
    await secretOf(folder, 'key create app');
    expect(JSON.parse((await run(folder, 'key list --json')).out).keys).toHaveLength(1);
  });
});

describe('without a bot', () => {
  test('a list makes no database, the first key does, and a bot that comes later lets it in', async () => {
    const folder = workingFolder();
    expect(JSON.parse((await run(folder, 'key list --json')).out)).toMatchObject({ ok: true, keys: [] });
    expect(existsSync(databasePath(folder))).toBe(false);
    const secret = await secretOf(folder, 'key create app');
    const { database, stores } = openAt(databasePath(folder));
    expect(JSON.stringify(await stores.apiKeys.list())).not.toContain(secret.slice(3));
    database.close();
    const { access } = await startRunning(folder);
    expect(admits(access, secret)).toBe(true);
  });

  test('settings that keep a bot from starting do not keep a key from being made', async () => {
    const { code, out, err } = await run(workingFolder(), 'key create app', { METACLAW_PORT: 'seven' });
    expect([code, out]).toEqual([0, expect.stringMatching(/^mc_/)]);
    expect(err).toContain('managing keys does not depend');
  });
});

test.each([
  'key',
  'key create',
  'key create a b',
  'key create a --upstream-key theirs',
  'key create a --allow sell',
  'key create a --allow judge,',
  'key create a --monthly-tokens 0',
  'key create a --monthly-tokens none',
  'key create a --per-minute 1.5',
  'key create a --at-once -1',
  'key change',
  'key change a --space b',
  'key change a --at-once some',
  'key revoke',
  'key lend a',
  'connect',
  'connect emacs',
])('"%s" is wrong usage: 2, and nothing is made', async (line) => {
  const folder = workingFolder();
  const { code, out, err } = await run(folder, line);
  expect([code, out]).toEqual([2, '']);
  expect(err).not.toBe('');
  expect(existsSync(databasePath(folder))).toBe(false);
});
