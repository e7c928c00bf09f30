import { timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../core/domain/app-error.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';

const TOKEN_CHARS = 40;

const tokenPath = (homeFolder: string): string => join(homeFolder, 'control.token');

/** Writes a new token that only this account can read, and gives it. */
export function writeControlToken(homeFolder: string, ids: Pick<Ids, 'code' | 'next'>): string {
  const token = ids.code(TOKEN_CHARS);
  mkdirSync(homeFolder, { recursive: true, mode: 0o700 });
  // Written beside and renamed: a reader sees the old one or the new one, and the mode is right from the first byte.
  const temporary = join(homeFolder, `.${ids.next('control')}`);
  writeFileSync(temporary, `${token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(temporary, tokenPath(homeFolder));
  return token;
}

/** The token of the running bot; `undefined` where there is none. Throws `not_allowed` where it may not be read. */
export function readControlToken(homeFolder: string): string | undefined {
  try {
    return readFileSync(tokenPath(homeFolder), 'utf8').trim();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new AppError(
      'not_allowed',
      `${tokenPath(homeFolder)} cannot be read: run this as the account that runs the bot.`,
      {
        cause: error,
      },
    );
  }
}

export function removeControlToken(homeFolder: string): void {
  rmSync(tokenPath(homeFolder), { force: true });
}

/** The mount behind the token: without `Authorization: Bearer <token>` it answers 401. */
export function guardWithToken(mount: HttpMount, token: string, digest: Ids['digest']): HttpMount {
  // Digests have one length, and comparing them tells nothing of how much of a guess was right.
  const expected = Buffer.from(digest(`Bearer ${token}`));
  return {
    path: mount.path,
    proof: 'control_token',
    fetch(request) {
      const given = Buffer.from(digest(request.headers.get('authorization') ?? ''));
      if (timingSafeEqual(given, expected)) return mount.fetch(request);
      return Response.json({ message: 'The token is not the one in the data folder.' }, { status: 401 });
    },
  };
}
