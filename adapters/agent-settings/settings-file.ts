import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';
import type { Ids } from '../../core/ports/ids.ts';

/** As many links as Linux follows. */
const MOST_LINKS = 40;
/** They hold keys. */
const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['EACCES', 'not_allowed'],
  ['EPERM', 'not_allowed'],
  ['EROFS', 'not_allowed'],
  ['ENOSPC', 'storage_full'],
  ['EDQUOT', 'storage_full'],
]);

const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : 'unknown error';

function fileError(path: string, what: 'read' | 'written', cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = codeOf(cause);
  return new AppError(
    codes.get(code) ?? 'storage_failed',
    `${path} cannot be ${what} (${code}). Check the file, its folder and their permissions.`,
    { cause },
  );
}

/** What is there, links not followed; `undefined` where nothing is. */
function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

/** The file at the end of the links, whether or not it is there. */
function targetOf(path: string): string {
  let target = resolve(path);
  for (let followed = 0; followed < MOST_LINKS; followed += 1) {
    if (statusOf(target)?.isSymbolicLink() !== true) return target;
    target = resolve(dirname(target), readlinkSync(target));
  }
  throw new AppError('not_allowed', `${path} is a link that leads to itself. Mend it and try again.`);
}

/**
 * A settings file as text, byte for byte; `undefined` where there is none. Throws `config_invalid` where it is not UTF-8, and
 * `not_allowed` or `storage_failed` where it cannot be read.
 */
export function readSettingsText(path: string): string | undefined {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw fileError(path, 'read', error);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new AppError('config_invalid', `${path} is not UTF-8 text. Mend it; nothing was changed.`, {
      cause,
    });
  }
}

/** Who may do what with a file, at the end of its links; `undefined` where there is none. */
export function settingsMode(path: string): number | undefined {
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    return there === undefined ? undefined : there.mode & 0o7777;
  } catch (error) {
    throw fileError(path, 'read', error);
  }
}

export function setSettingsMode(path: string, mode: number): void {
  try {
    chmodSync(path, mode);
  } catch (error) {
    throw fileError(path, 'written', error);
  }
}

/** A new file beside the target, whole and on disk, as the one that it replaces: with its mode and its owner. */
function writeBeside(target: string, text: string, temporary: string, mode: number | undefined): void {
  const there = statSync(target, { throwIfNoEntry: false });
  const file = openSync(temporary, 'wx', PRIVATE_FILE);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  const made = statSync(temporary);
  if (there !== undefined && (there.uid !== made.uid || there.gid !== made.gid)) {
    chownSync(temporary, there.uid, there.gid);
  }
  chmodSync(temporary, mode ?? (there === undefined ? PRIVATE_FILE : there.mode & 0o7777));
}

/**
 * Puts a text in a file's place at once: whoever reads sees the old one or the new one. A link is followed to its target; the
 * mode and the owner stay, a new file is for its owner only. With `expected` throws `conflict`, and changes nothing, where the
 * file says something else by now (`undefined`: is there by now).
 */
export function writeSettingsText(
  path: string,
  text: string,
  {
    ids,
    mode,
    ...rest
  }: { readonly ids: Pick<Ids, 'next'>; readonly mode?: number; readonly expected?: string | undefined },
): void {
  try {
    const target = targetOf(path);
    mkdirSync(dirname(target), { recursive: true, mode: PRIVATE_FOLDER });
    const temporary = join(dirname(target), `.${ids.next('metaclaw')}`);
    try {
      writeBeside(target, text, temporary, mode);
      if ('expected' in rest && readSettingsText(target) !== rest.expected) {
        throw new AppError('conflict', `${path} was changed by another program just now. Try again.`);
      }
      renameSync(temporary, target);
    } finally {
      rmSync(temporary, { force: true });
    }
  } catch (error) {
    throw fileError(path, 'written', error);
  }
}

/** Takes a file away, at the end of its links; fine where it is gone. */
export function removeSettingsFile(path: string): void {
  try {
    rmSync(targetOf(path), { force: true });
  } catch (error) {
    throw fileError(path, 'written', error);
  }
}
