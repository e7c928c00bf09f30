import { basename, join, resolve } from 'node:path';
import { AppError } from '../../core/domain/app-error.ts';
import type { LoadedPack, SkillArchivePort } from '../../core/ports/skill-archive.ts';
import { errorCode, nodeFileSystem, type SkillFileSystem } from './file-system.ts';
import type { PackPlace } from './load-pack.ts';
import { packLimits } from './pack-limits.ts';
import { parseSkillFile } from './parse-skill-file.ts';
import { readFolder } from './read-folder.ts';
import { readZip } from './read-zip.ts';
import { renderSkillFile } from './render-skill-file.ts';
import { writeSkillFolders } from './write-folder.ts';
import { writeZip } from './write-zip.ts';
import { isZip } from './zip-directory.ts';

export interface SkillArchiveOptions {
  /** `skills.budgetTokens`: longer skills get a warning, as they can never be shown. Default: none. */
  readonly budgetTokens?: number;
  /** For reading. Default: this machine's. */
  readonly fileSystem?: SkillFileSystem;
}

function pathError(path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  const code = errorCode(cause);
  if (code === 'ENOENT' || code === 'ERR_INVALID_ARG_VALUE' || code === 'ENAMETOOLONG') {
    return new AppError('not_found', `There is nothing at “${path}”. Check the path.`, { cause });
  }
  return new AppError('not_allowed', `“${path}” cannot be read (${code}). Check its permissions.`, { cause });
}

/** Skills as files, in folders and zips, within `packLimits`. */
export function createSkillArchive(options: SkillArchiveOptions = {}): SkillArchivePort {
  const { budgetTokens, fileSystem = nodeFileSystem } = options;
  const budget = budgetTokens === undefined ? {} : { budgetTokens };

  function readBytes(bytes: Uint8Array, name: string): LoadedPack {
    if (isZip(bytes)) {
      const place: PackPlace = { sourceOf: (path) => (path === '' ? name : `${name}/${path}`), ...budget };
      return readZip(bytes, place);
    }
    const { skill, diagnostics } = parseSkillFile({ source: name, bytes, ...budget });
    if (skill === undefined) return { skills: [], diagnostics };
    return {
      skills: [{ text: skill, files: [{ path: 'SKILL.md', bytes: Uint8Array.from(bytes) }] }],
      diagnostics,
    };
  }

  return {
    async readPath(path) {
      try {
        const real = await fileSystem.realPath(path);
        const bytes = await fileSystem.read(real, packLimits.zipBytes);
        if (bytes !== undefined) return readBytes(bytes, path);
        return await readFolder(
          real,
          { sourceOf: (inside) => join(path, inside), folderName: basename(resolve(path)), ...budget },
          fileSystem,
        );
      } catch (error) {
        throw pathError(path, error);
      }
    },
    readBytes,
    toZip: writeZip,
    render: renderSkillFile,
    writeFolder: writeSkillFolders,
  };
}
