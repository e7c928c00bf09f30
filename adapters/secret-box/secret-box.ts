import {
  closeSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { AppError } from '../../core/domain/app-error.ts';
import type { SecretBox } from '../../core/ports/secret-box.ts';
import { createSecretBox, keyBytes, type RandomBytes } from './sealing.ts';

export interface OpenSecretBoxOptions {
  /** The file that holds the key. Made on first use, with its folder, readable by this user only. */
  readonly path: string;
  readonly random: RandomBytes;
}

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';

function unusable(path: string, doing: string, thrown: unknown): AppError {
  return new AppError(
    'config_invalid',
    `The key file ${path} cannot be ${doing}. Check that it is a file and that this user may use it and its folder.`,
    { cause: thrown, details: { reason: codeOf(thrown) } },
  );
}

/** Throws `config_invalid` unless the file is this user’s own secret and holds a key. */
function readKey(path: string, file: number): Uint8Array {
  const { mode, size } = fstatSync(file);
  if ((mode & 0o077) !== 0) {
    throw new AppError(
      'config_invalid',
      `Others on this machine may read or change the key file ${path}. Run: chmod 600 '${path}'. If they may have read it, move it away and connect calendars again.`,
    );
  }
  const key = new Uint8Array(keyBytes);
  if (size !== keyBytes || readSync(file, key) !== keyBytes) {
    throw new AppError(
      'config_invalid',
      `The key file ${path} must hold exactly ${keyBytes} bytes. Put a copy of the right one in its place; or move it away, start again and connect calendars again.`,
    );
  }
  return key;
}

/** `undefined` where there is no such file. */
function readKeyFile(path: string): Uint8Array | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    return readKey(path, file);
  } catch (thrown) {
    if (thrown instanceof AppError) throw thrown;
    if (codeOf(thrown) === 'ENOENT') return undefined;
    throw unusable(path, 'read', thrown);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function writeDurably(path: string, key: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, key);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** The file appears whole or not at all, and never takes the place of one that another process made meanwhile. */
function makeKeyFile(path: string, random: RandomBytes): void {
  const draft = `${path}.${Buffer.from(random(6)).toString('hex')}.new`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeDurably(draft, random(keyBytes));
    try {
      linkSync(draft, path);
    } catch (thrown) {
      if (codeOf(thrown) !== 'EEXIST') throw thrown;
    } finally {
      unlinkSync(draft);
    }
    syncFolder(dirname(path));
  } catch (thrown) {
    throw unusable(path, 'made', thrown);
  }
}

/**
 * The box whose key lies in a file of its own, so that the database alone opens nothing. Throws `config_invalid`, which tells what to do, for a file that
 * others may read, or that is no key.
 */
export function openSecretBox({ path, random }: OpenSecretBoxOptions): SecretBox {
  const known = readKeyFile(path);
  if (known !== undefined) return createSecretBox(known, random);
  makeKeyFile(path, random);
  const made = readKeyFile(path);
  if (made === undefined) throw unusable(path, 'read', undefined);
  return createSecretBox(made, random);
}
