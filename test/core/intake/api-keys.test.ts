import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSystemIds } from '../../../adapters/system/ids.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { personId } from '../../../core/domain/ids.ts';
import { type ApiKeyAccess, createApiAccess } from '../../../core/intake/api-access.ts';
import { keyName, spaceName, spaceNameFor } from '../../../core/intake/api-key-rules.ts';
import { type ApiKeys, createApiKeys, type NewApiKey } from '../../../core/intake/api-keys.ts';
import { utcMonthOf } from '../../../core/intake/utc-month.ts';
import type { ApiKeyStore } from '../../../core/ports/api-key-store.ts';
import { makeFolder, openAt } from '../../adapters/sqlite/rig.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

const NOW = Date.UTC(2026, 10, 15, 12);

interface Rig {
  readonly keys: ApiKeys;
  readonly access: ApiKeyAccess;
  readonly store: ApiKeyStore;
  readonly logger: MemoryLogger;
  make(name: string, more?: Partial<NewApiKey>): ReturnType<ApiKeys['create']>;
  admits(text: string): boolean;
}

interface RigOptions {
  readonly store?: ApiKeyStore;
  readonly flushed?: () => Promise<void>;
  readonly life?: string;
}

function rig({ store = openAt(':memory:').stores.apiKeys, life = '', ...options }: RigOptions = {}): Rig {
  const clock = { now: () => NOW, monotonicMs: () => 0 };
  const sequential = createSequentialIds(life);
  const ids = { ...sequential, code: (chars: number) => life + sequential.code(chars - life.length) };
  const logger = createMemoryLogger();
  const access = createApiAccess({ clock, ids, platform: 'api', asksHere: true });
  const keys = createApiKeys({ ...options, store, access, clock, ids, logger, platform: 'api' });
  return {
    keys,
    access,
    store,
    logger,
    make: (name, more = {}) => keys.create({ name, kind: 'agent', ...more }),
    admits: (key) => access.admit({ key, isFromHere: false, purpose: 'other' }).kind === 'admitted',
  };
}

test('lists what was spent up to now, and what is stored where that cannot be written down', async () => {
  const { apiKeys: store } = openAt(':memory:').stores;
  let isFull = false;
  const flushed = async (): Promise<void> => {
    if (isFull) throw new AppError('storage_full', 'No space.');
    await store.spent({ keyId: key.keyId, month: '2026-11', tokens: 7, requests: 1 }, NOW);
  };
  const { keys, make } = rig({ store, flushed });
  const { key } = await make('My App');
  expect((await keys.list()).keys).toMatchObject([{ tokens: 7 }]);
  isFull = true;
  expect((await keys.list()).keys).toMatchObject([{ tokens: 7 }]);
});

describe('create', () => {
  test('gives the key once; it is let in at once and its terms are the usual ones', async () => {
    const { make, admits, keys, logger } = rig();
    const { key, text } = await make('My App');
    expect(key).toEqual({
      keyId: 'key_000001',
      name: 'My App',
      kind: 'agent',
      spaceId: 'api:my-app',
      upstreamKey: 'own',
      uses: ['judge', 'evolve'],
      createdAt: NOW,
    });
    expect(admits(text)).toBe(true);
    expect((await keys.list()).keys).toEqual([{ key, tokens: 0, requests: 0 }]);
    expect(logger.of('api_key_created')[0]?.fields).toEqual({
      keyId: 'key_000001',
      kind: 'agent',
      spaceId: 'api:my-app',
    });
  });

  test('takes terms as they are wanted', async () => {
    const { make, keys } = rig();
    const terms = {
      upstreamKey: 'caller',
      uses: ['export'],
      monthlyTokens: 1_000_000_000_000,
      requestsPerMinute: 1,
      maxConcurrent: 100_000,
    } as const;
    const { key } = await make('app', { space: 'shop', ...terms });
    expect(key).toMatchObject({ spaceId: 'api:shop', ...terms });
    expect((await keys.list()).keys[0]?.key).toEqual(key);
  });

  test('a key has 200 random bits and says of which kind it is; it is nowhere in the database or the log', async () => {
    const folder = makeFolder();
    onTestFinished(folder.remove);
    const { database, stores, logger: storeLogger } = openAt(folder.file('state.db'));
    onTestFinished(database.close);
    const clock = { now: () => NOW, monotonicMs: () => 0 };
    const ids = createSystemIds(clock);
    const logger = createMemoryLogger();
    const access = createApiAccess({ clock, ids, platform: 'api', asksHere: true });
    const keys = createApiKeys({ store: stores.apiKeys, access, clock, ids, logger, platform: 'api' });
    const agent = await keys.create({ name: 'app', kind: 'agent' });
    const admin = await keys.create({ name: 'desk', kind: 'admin' });
    // Base 32: 5 bits a character.
    expect(agent.text).toMatch(/^mc_[0-9a-hjkmnp-tv-z]{40}$/);
    expect(admin.text).toMatch(/^mca_[0-9a-hjkmnp-tv-z]{40}$/);
    await keys.change('app', { maxConcurrent: 3 });
    await keys.revoke('desk');
    const told = JSON.stringify([await keys.list(), logger.entries, storeLogger.entries]);
    database.close();
    const stored = readFileSync(folder.file('state.db'), 'latin1');
    expect(stored).toContain(ids.digest(agent.text));
    for (const { text } of [agent, admin]) {
      const secret = text.slice(text.indexOf('_') + 1);
      expect(stored).not.toContain(secret);
      expect(told).not.toContain(secret);
      expect(told).not.toContain(ids.digest(text));
    }
  });

  test('no two that are in use have the same name, also when asked for at once', async () => {
    const { make, keys } = rig();
    const both = await Promise.allSettled([make('app'), make(' app ')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(both[1]).toMatchObject({ reason: { code: 'conflict' } });
    expect((await keys.list()).keys).toHaveLength(1);
  });

  test('a name and a space that are none are refused, as is a bound out of range', async () => {
    const { make, keys } = rig();
    const wrong: readonly (readonly [string, Partial<NewApiKey>])[] = [
      ['', {}],
      ['app', { space: 'Shop' }],
      ['app', { space: '' }],
      ['app', { monthlyTokens: 0 }],
      ['app', { monthlyTokens: 1.5 }],
      ['app', { requestsPerMinute: 1_000_001 }],
      ['app', { maxConcurrent: Number.NaN }],
      ['app', { kind: 'admin', maxConcurrent: 1 }],
      ['日本', {}],
    ];
    for (const [name, more] of wrong) {
      await expect(make(name, more), `${name} ${JSON.stringify(more)}`).rejects.toMatchObject({
        code: 'invalid_input',
      });
    }
    expect((await keys.list()).keys).toEqual([]);
    expect((await make('日本', { space: 'japan' })).key.name).toBe('日本');
  });

  test('no space is shared by accident: not that of another key, not that of this machine', async () => {
    const { make, keys } = rig();
    await make('My App');
    await expect(make('my-app')).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('“My App”'),
    });
    await expect(make('Local')).rejects.toMatchObject({ code: 'conflict' });
    // An administrator is in none.
    await make('Desk', { kind: 'admin' });
    expect((await make('desk')).key.spaceId).toBe('api:desk');
    expect((await make('my-app', { space: 'my-app' })).key.spaceId).toBe('api:my-app');
    expect((await make('Local', { space: 'local' })).key.spaceId).toBe('api:local');
    // The same name again goes on where the one before it was: a key is renewed so.
    await keys.revoke('my-app');
    await keys.revoke('My App');
    await expect(make('my app')).rejects.toMatchObject({ code: 'conflict' });
    await keys.revoke('Local');
    expect((await make('other')).key.spaceId).toBe('api:other');
    const renewed = rig();
    const { key } = await renewed.make('app');
    await renewed.keys.revoke('app');
    expect((await renewed.make('app')).key).toMatchObject({ spaceId: key.spaceId });
  });
});

describe('change and revoke', () => {
  test('hold for the next request, and end with the key', async () => {
    const { make, keys, access, admits, logger } = rig();
    const { text, key } = await make('app', { maxConcurrent: 1 });
    const ask = () => access.admit({ key: text, isFromHere: false, purpose: 'model' });
    expect(ask().kind).toBe('admitted');
    expect(ask().kind).toBe('refused');
    const changed = await keys.change(key.keyId, {
      maxConcurrent: null,
      monthlyTokens: 10_000,
      uses: ['export'],
      upstreamKey: 'caller',
    });
    const { maxConcurrent: _, ...rest } = key;
    expect(changed).toEqual({ ...rest, monthlyTokens: 10_000, uses: ['export'], upstreamKey: 'caller' });
    expect(ask()).toMatchObject({ kind: 'admitted', upstreamKey: 'caller' });
    expect(access.hasConsent(personId('api', key.keyId), 'export')).toBe(true);
    access.spent(key.keyId, 10_000);
    expect(ask()).toMatchObject({ reason: 'quota_exhausted' });
    expect(await keys.revoke('app')).toEqual({ ...changed, revokedAt: NOW });
    expect(admits(text)).toBe(false);
    // Its people agreed when they spoke.
    expect(access.hasConsent(personId('api', key.keyId), 'export')).toBe(true);
    expect(logger.entries.map(({ event }) => event)).toEqual([
      'api_key_created',
      'api_key_changed',
      'api_key_revoked',
    ]);
  });

  test('only a key that is in use, and only to what can be', async () => {
    const { make, keys, access } = rig();
    await expect(keys.revoke('app')).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('There is no key “app”'),
    });
    await make('app');
    await make('desk', { kind: 'admin' });
    await expect(keys.change('app', {})).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('--allow'),
    });
    await expect(keys.change('app', { requestsPerMinute: 0 })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await expect(keys.change('desk', { requestsPerMinute: 5 })).rejects.toMatchObject({
      code: 'invalid_input',
    });
    await keys.revoke('app');
    for (const attempt of [() => keys.revoke('app'), () => keys.change('app', { uses: [] })]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'not_found',
        message: expect.stringContaining('was revoked before'),
      });
    }
    await make('app');
    await keys.revoke('app');
    expect((await keys.list()).keys.filter(({ key }) => key.revokedAt === undefined)).toHaveLength(1);
    expect(access.agentKeys()).toBe(0);
  });

  test('an unwilling store changes nothing, in memory neither, and keeps nothing from being tried again', async () => {
    const { stores } = openAt(':memory:');
    let isBusy = false;
    const gate = async <T>(work: () => Promise<T>): Promise<T> => {
      if (isBusy) throw new AppError('storage_busy', 'Not now.');
      return await work();
    };
    const store: ApiKeyStore = {
      ...stores.apiKeys,
      add: (key, digest) => gate(() => stores.apiKeys.add(key, digest)),
      change: (keyId, change) => gate(() => stores.apiKeys.change(keyId, change)),
      revoke: (keyId, at) => gate(() => stores.apiKeys.revoke(keyId, at)),
    };
    const { make, keys, admits, access, logger } = rig({ store });
    const { text, key } = await make('app');
    isBusy = true;
    await expect(make('other')).rejects.toMatchObject({ code: 'storage_busy' });
    await expect(keys.change('app', { uses: [] })).rejects.toMatchObject({ code: 'storage_busy' });
    await expect(keys.revoke('app')).rejects.toMatchObject({ code: 'storage_busy' });
    expect([admits(text), access.agentKeys()]).toEqual([true, 1]);
    expect(access.hasConsent(personId('api', key.keyId), 'judge')).toBe(true);
    expect(logger.entries).toHaveLength(1);
    isBusy = false;
    await keys.revoke('app');
    await make('other');
    expect([admits(text), access.agentKeys()]).toEqual([false, 1]);
  });
});

test('keys that are made at once are all let in, however slow the store is', async () => {
  const { stores } = openAt(':memory:');
  const store: ApiKeyStore = {
    ...stores.apiKeys,
    async add(key, digest) {
      for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
      await stores.apiKeys.add(key, digest);
    },
  };
  const { make, admits } = rig({ store });
  const made = await Promise.all(['first', 'second', 'third'].map((name) => make(name)));
  expect(made.map(({ text }) => admits(text))).toEqual([true, true, true]);
});

describe('after a restart', () => {
  test('keys, revocations and what was spent this month are known before anybody is admitted', async () => {
    const before = rig();
    const spent = await before.make('spent', { monthlyTokens: 50 });
    const gone = await before.make('gone');
    await before.keys.revoke('gone');
    const { keyId } = spent.key;
    await before.store.spent({ keyId, month: '2026-10', tokens: 900, requests: 9 }, NOW - 2_000_000_000);
    await before.store.spent({ keyId, month: '2026-11', tokens: 50, requests: 2 }, NOW - 1_000);
    const after = rig({ store: before.store, life: 'later' });
    expect(after.admits(spent.text)).toBe(false);
    await after.keys.load();
    expect([after.admits(spent.text), after.admits(gone.text)]).toEqual([true, false]);
    expect(after.access.agentKeys()).toBe(1);
    expect(after.access.admit({ key: spent.text, isFromHere: false, purpose: 'model' })).toMatchObject({
      reason: 'quota_exhausted',
    });
    const { month, keys } = await after.keys.list();
    expect(month).toBe('2026-11');
    expect(keys.map(({ key, ...use }) => [key.name, use, key.lastUsedAt])).toEqual([
      ['spent', { tokens: 50, requests: 2 }, NOW - 1_000],
      ['gone', { tokens: 0, requests: 0 }, undefined],
    ]);
  });

  test('a change takes its place beside what was there, also where nothing was loaded first', async () => {
    const before = rig();
    const first = await before.make('first');
    const after = rig({ store: before.store, life: 'later' });
    await after.make('second');
    expect([after.admits(first.text), after.access.agentKeys()]).toEqual([true, 2]);
  });
});

describe('names', () => {
  test.each(['a', 'Ann’s app', '日本', '🚀', 'x'.repeat(64), '🚀'.repeat(64), 'a|b "c" `d`'])(
    '%s',
    (name) => {
      expect(keyName(` ${name} `)).toBe(name);
    },
  );

  test.each([
    '',
    '  ',
    'x'.repeat(65),
    'a\nb',
    'a\u0000',
    'a\u001b[2J',
    'a\u202eb',
    'a\u2028b',
    '\u200b',
    '\u0301',
    '\ud800',
  ])('not %j', (name) => {
    expect(() => keyName(name)).toThrow(AppError);
  });

  test.each(['a', '0', 'a-b', 'a-', 'x'.repeat(40)])('a space %s', (name) => {
    expect(spaceName(name)).toBe(name);
  });

  test.each(['', '-a', 'A', 'ä', 'a b', 'a:b', 'a\n', 'x'.repeat(41)])('no space %j', (name) => {
    expect(() => spaceName(name)).toThrow(AppError);
  });

  test.each([
    ['My App', 'my-app'],
    ['Café  №1!', 'cafe-no1'],
    ['--x--', 'x'],
    ['a.b_c', 'a-b-c'],
    ['x'.repeat(64), 'x'.repeat(40)],
    [`${'x'.repeat(39)} y`, 'x'.repeat(39)],
  ])('the space of %s is %s', (name, space) => {
    expect(spaceNameFor(name)).toBe(space);
  });

  test('whatever a key is called, its space has a name that a space may have, or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 90 }), (name) => {
        const space = spaceNameFor(name);
        if (space !== undefined) expect(spaceName(space)).toBe(space);
      }),
    );
  });
});

test('a month of UTC begins with its first instant and ends with the next one’s', () => {
  const years = { min: new Date('1971-01-01T00:00:00Z'), max: new Date('2200-01-01T00:00:00Z') };
  fc.assert(
    fc.property(fc.date({ ...years, noInvalidDate: true }), (date) => {
      const at = date.getTime();
      const { name, startsAt, endsAt } = utcMonthOf(at);
      const year = date.getUTCFullYear();
      const month = date.getUTCMonth();
      expect([startsAt, endsAt]).toEqual([Date.UTC(year, month), Date.UTC(year, month + 1)]);
      expect(name).toBe(`${year}-${String(month + 1).padStart(2, '0')}`);
    }),
  );
});
