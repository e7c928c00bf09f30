import { lstat, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError, type ErrorCode } from '../../core/domain/app-error.ts';
import type { PackedSkill } from '../../core/ports/skill-archive.ts';
import { errorCode } from './file-system.ts';
import { placedFiles } from './skill-paths.ts';

const codes: ReadonlyMap<string, ErrorCode> = new Map([
  ['EACCES', 'not_allowed'],
  ['EPERM', 'not_allowed'],
  ['EROFS', 'not_allowed'],
  ['ENOTDIR', 'not_allowed'],
  ['EEXIST', 'conflict'],
  ['ENOTEMPTY', 'conflict'],
  ['ENOSPC', 'storage_full'],
  ['EDQUOT', 'storage_full'],
]);

function writeError(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = errorCode(cause);
  const message = `The skills cannot be written to “${path}” (${code}). Check the folder, its permissions and the room on the disk.`;
  return new AppError(codes.get(code) ?? 'storage_failed', message, { cause });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

/**
 * Writes skills as folders below a path, which is made where it is missing. Rejects with `conflict`, and writes nothing,
 * where something of a skill's name is there. A skill's folder appears whole or not at all.
 */
export async function writeSkillFolders(
  path: string,
  skills: readonly PackedSkill[],
): Promise<readonly string[]> {
  const files = placedFiles(skills);
  const names = [...new Set(skills.map(({ text }) => text.name))].sort();
  try {
    await mkdir(path, { recursive: true });
    for (const name of names) {
      if (!(await isThere(join(path, name)))) continue;
      throw new AppError(
        'conflict',
        `“${join(path, name)}” is there already. Move it away, or name another folder.`,
      );
    }
    const staging = await mkdtemp(join(path, '.new-skills-'));
    try {
      for (const file of files) {
        const target = join(staging, file.path);
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, file.bytes, { flag: 'wx' });
      }
      for (const name of names) await rename(join(staging, name), join(path, name));
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  } catch (error) {
    throw writeError(path, error);
  }
  return names.map((name) => join(path, name));
}
