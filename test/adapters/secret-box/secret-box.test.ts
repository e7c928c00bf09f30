import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSecretBox } from '../../../adapters/secret-box/sealing.ts';
import { openSecretBox } from '../../../adapters/secret-box/secret-box.ts';

/** Bytes that a test can foresee, other ones each time. */
function countingBytes(): (bytes: number) => Uint8Array {
  let calls = 0;
  return (bytes) => {
    calls += 1;
    return Uint8Array.from({ length: bytes }, (_, at) => (calls * 31 + at) % 256);
  };
}

const key = Uint8Array.from({ length: 32 }, (_, at) => at);
const lost = expect.objectContaining({ name: 'AppError', code: 'storage_failed' });
const wrong = (words: RegExp) =>
  expect.objectContaining({
    name: 'AppError',
    code: 'config_invalid',
    message: expect.stringMatching(words),
  });

describe('sealing', () => {
  test('what was sealed opens in its context alone, with its key alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), fc.string(), (plain, context, other) => {
        const box = createSecretBox(key, countingBytes());
        const sealed = box.seal(plain, context);
        expect(sealed).toMatch(/^[\w-]+$/);
        expect(createSecretBox(key, countingBytes()).open(sealed, context)).toBe(plain.toWellFormed());
        if (other !== context) expect(() => box.open(sealed, other)).toThrow(lost);
        const foreign = createSecretBox(
          key.map((byte) => byte ^ 1),
          countingBytes(),
        );
        expect(() => foreign.open(sealed, context)).toThrow(lost);
      }),
    );
  });

  test('the same text gives another sealed one each time, in which it cannot be seen', () => {
    const box = createSecretBox(key, countingBytes());
    const [one, two] = [box.seal('secret', 'a'), box.seal('secret', 'a')];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, 'base64url').toString('latin1')).not.toContain('secret');
  });

  test('a text of which any part was changed does not open', () => {
    const box = createSecretBox(key, countingBytes());
    const bytes = Buffer.from(box.seal('a secret', 'row 1'), 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 0x40;
      expect(() => box.open(changed.toString('base64url'), 'row 1'), `byte ${at}`).toThrow(lost);
      expect(() => box.open(bytes.subarray(0, at).toString('base64url'), 'row 1')).toThrow(lost);
    }
    expect(() => box.open(`${bytes.toString('base64url')}=`, 'row 1')).toThrow(lost);
  });

  test('nothing that is no sealed text opens or breaks it', () => {
    const box = createSecretBox(key, countingBytes());
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => box.open(text, '')).toThrow(lost);
      }),
    );
  });

  test('is AES-256-GCM in an envelope that the next version still opens', async () => {
    const box = createSecretBox(new Uint8Array(32), (bytes) => new Uint8Array(bytes));
    const sealed = box.seal('refresh-token', 'calendar cal_1');
    expect(sealed).toBe('AQAAAAAAAAAAAAAAALzCJk8oEwNDcyGuttQMnw5iSWtu4swrf47CFxfZ');
    const bytes = Uint8Array.from(Buffer.from(sealed, 'base64url'));
    const ownKey = await crypto.subtle.importKey('raw', new Uint8Array(32), 'AES-GCM', false, ['decrypt']);
    const additionalData = new TextEncoder().encode('1\ncalendar cal_1');
    const algorithm = { name: 'AES-GCM', iv: bytes.slice(1, 13), additionalData, tagLength: 128 };
    const opened = await crypto.subtle.decrypt(algorithm, ownKey, bytes.slice(13));
    expect(new TextDecoder().decode(opened)).toBe('refresh-token');
  });

  test('refuses a key of another length', () => {
    expect(() => createSecretBox(key.subarray(1), countingBytes())).toThrow(wrong(/32 bytes/));
  });
});

describe('the key file', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'metaclaw-key-'));
    path = join(folder, 'data', 'calendar.key');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const open = (random = countingBytes()) => openSecretBox({ path, random });

  test('is made on first use for this user alone, and used again', () => {
    const sealed = open().seal('secret', 'a');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(folder, 'data'))).toEqual(['calendar.key']);
    const before = readFileSync(path);
    expect(before.length).toBe(32);
    const random = (): Uint8Array => new Uint8Array(12).fill(7);
    expect(open(random).open(sealed, 'a')).toBe('secret');
    expect(readFileSync(path)).toEqual(before);
  });

  test('another process that makes it at the same moment wins, and both use the same key', () => {
    const theirs = new Uint8Array(32).fill(9);
    const random = (bytes: number): Uint8Array => {
      // Between our look and our making it.
      if (bytes === 32 && !existsSync(path)) writeFileSync(path, theirs, { mode: 0o600 });
      return new Uint8Array(bytes).fill(1);
    };
    const sealed = open(random).seal('x', 'a');
    expect(createSecretBox(theirs, countingBytes()).open(sealed, 'a')).toBe('x');
    expect(readdirSync(join(folder, 'data'))).toEqual(['calendar.key']);
  });

  test.each([0o640, 0o604, 0o620, 0o610])('is refused with rights that others have: %o', (mode) => {
    open();
    chmodSync(path, mode);
    const before = readFileSync(path);
    expect(() => open()).toThrow(wrong(/chmod 600/));
    expect(readFileSync(path)).toEqual(before);
  });

  test.each([0, 31, 33, 64])('is refused and left as it is with %i bytes', (bytes) => {
    mkdirSync(join(folder, 'data'));
    writeFileSync(path, new Uint8Array(bytes), { mode: 0o600 });
    expect(() => open()).toThrow(wrong(/exactly 32 bytes/));
    expect(readFileSync(path).length).toBe(bytes);
  });

  test('is refused where it is a folder, where it leads nowhere, and where it cannot be made', () => {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    expect(() => open()).toThrow(wrong(/exactly 32 bytes|cannot be read/));
    rmSync(path, { recursive: true });
    symlinkSync(join(folder, 'nowhere'), path);
    expect(() => open()).toThrow(wrong(/cannot be/));
    rmSync(join(folder, 'data'), { recursive: true });
    writeFileSync(join(folder, 'data'), 'a file');
    expect(() => open()).toThrow(wrong(/cannot be/));
  });
});
