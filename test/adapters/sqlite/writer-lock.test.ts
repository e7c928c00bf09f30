import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireWriterLock, readWriterHolder } from '../../../adapters/sqlite/writer-lock.ts';
import { startChild } from './child.ts';
import { type Folder, makeFolder } from './rig.ts';

describe('writer lock', () => {
  let folder: Folder;
  let path: string;
  beforeEach(() => {
    folder = makeFolder();
    path = folder.file('data/state.db');
  });
  afterEach(() => folder.remove());

  const held = async (): Promise<ReturnType<typeof startChild>> => {
    const child = startChild('hold-writer-lock.ts', [path]);
    await child.line((line) => line === 'held');
    return child;
  };
  const refusal = (details: Record<string, unknown>, text = ''): unknown =>
    expect.objectContaining({
      name: 'AppError',
      code: 'already_running',
      message: expect.stringContaining(text),
      details,
    });

  test('one process holds it; another is told who does', async () => {
    const child = await held();
    const address = 'http://127.0.0.1:8787';
    expect(() => acquireWriterLock(path, { pid: 1 })).toThrow(
      refusal({ pid: child.pid, address }, `process ${child.pid}, ${address}`),
    );
    expect(readWriterHolder(path)).toEqual({ pid: child.pid, address });
    child.say('release');
    expect(await child.ended()).toBe(0);
    const lock = acquireWriterLock(path, { pid: 1 });
    lock.release();
  });

  test('kill -9 gives it back at once, whatever was left behind', async () => {
    const child = await held();
    await child.kill();
    expect(readWriterHolder(path)).toMatchObject({ pid: child.pid });
    const lock = acquireWriterLock(path, { pid: 4_711 });
    expect(readWriterHolder(path)).toEqual({ pid: 4_711 });
    const second = startChild('hold-writer-lock.ts', [path]);
    await expect(second.line((line) => line === 'held')).rejects.toThrow('process 4711');
    lock.release();
  });

  test('inside one process it is one too', () => {
    const lock = acquireWriterLock(path, { pid: 7 });
    expect(() => acquireWriterLock(path, { pid: 8 })).toThrow(refusal({ pid: 7, address: null }));
    expect(readWriterHolder(path)).toEqual({ pid: 7 });
    lock.announce({ pid: 7, address: 'http://127.0.0.1:1' });
    expect(readWriterHolder(path)).toEqual({ pid: 7, address: 'http://127.0.0.1:1' });
    lock.release();
    lock.release();
    expect(readWriterHolder(path)).toBeUndefined();
    acquireWriterLock(path, { pid: 8 }).release();
  });

  test('another database is another lock', () => {
    const one = acquireWriterLock(path, { pid: 1 });
    const other = acquireWriterLock(folder.file('data/other.db'), { pid: 1 });
    one.release();
    other.release();
  });

  test('a holder that cannot be told is refused all the same', () => {
    const lock = acquireWriterLock(path, { pid: 7 });
    for (const text of ['', '{', '{"pid":"x"}', '[]']) {
      writeFileSync(`${path}.holder.json`, text);
      expect(() => acquireWriterLock(path, { pid: 8 })).toThrow(refusal({ pid: null, address: null }));
    }
    lock.release();
  });

  test('its files are for this user only, and it does not make the database', () => {
    const lock = acquireWriterLock(path, { pid: 7 });
    expect(readdirSync(folder.file('data')).toSorted()).toEqual(['state.db.holder.json', 'state.db.lock']);
    for (const name of ['lock', 'holder.json']) {
      expect(statSync(`${path}.${name}`).mode & 0o777).toBe(0o600);
    }
    lock.release();
    expect(existsSync(`${path}.holder.json`)).toBe(false);
  });
});
