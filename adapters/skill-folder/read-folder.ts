import { join } from 'node:path';
import type { LoadedPack } from '../../core/ports/skill-archive.ts';
import { errorCode, isInside, type SkillFileSystem } from './file-system.ts';
import { type FileContent, loadPack, type PackPlace } from './load-pack.ts';
import { packLimits } from './pack-limits.ts';
import { isJunk } from './pack-path.ts';
import { type PackProblem, planPack } from './plan-pack.ts';

interface Walk {
  readonly files: readonly string[];
  readonly problems: readonly PackProblem[];
}

/** Every path below a folder that may be a file. Links to folders are not followed, so it always ends. */
async function walk(root: string, fileSystem: SkillFileSystem): Promise<Walk> {
  const files: string[] = [];
  const problems: PackProblem[] = [];
  const error = (path: string, message: string): void =>
    void problems.push({ severity: 'error', path, message });
  let left = packLimits.entries;

  async function look(path: string, mayBeFolder: boolean, depth: number): Promise<void> {
    if (!mayBeFolder) return void files.push(path);
    try {
      const real = await fileSystem.realPath(join(root, path));
      if (real === join(root, path)) return await enter(path, depth);
      if (!isInside(real, root))
        error(path, 'It is a link that leads outside, and was left out. Copy the file instead.');
      else if ((await fileSystem.read(real, 0)) !== undefined) files.push(path);
      else error(path, 'It is a link to a folder, and was left out. Copy the folder instead.');
    } catch (thrown) {
      error(path, `It cannot be read (${errorCode(thrown)}). Check its permissions.`);
    }
  }

  async function enter(folder: string, depth: number): Promise<void> {
    if (depth > packLimits.depth)
      return error(folder, 'It lies too deep, and was left out. Use fewer folders.');
    const entries = await fileSystem.list(join(root, folder));
    for (const { name, mayBeFolder } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isJunk(name)) continue;
      left -= 1;
      if (left < 0) return;
      await look(folder === '' ? name : `${folder}/${name}`, mayBeFolder, depth + 1);
    }
  }

  await enter('', 0);
  if (left < 0) {
    error(
      '',
      `There are more than ${packLimits.entries} files; the rest was left out. Name the folder of the skills.`,
    );
  }
  return { files, problems };
}

/** The skills in a folder, whose real path it is. Rejects, as `node:fs` does, where the folder itself cannot be listed. */
export async function readFolder(
  root: string,
  place: PackPlace,
  fileSystem: SkillFileSystem,
): Promise<LoadedPack> {
  async function contentOf(path: string, mostBytes: number): Promise<FileContent> {
    try {
      const real = await fileSystem.realPath(join(root, path));
      const bytes = isInside(real, root) ? await fileSystem.read(real, mostBytes) : undefined;
      if (bytes === undefined) {
        return {
          kind: 'unreadable',
          message: 'It is no regular file in this folder. Put the file itself there.',
        };
      }
      return bytes.length > mostBytes ? { kind: 'too_large' } : { kind: 'bytes', bytes };
    } catch (thrown) {
      return {
        kind: 'unreadable',
        message: `It cannot be read (${errorCode(thrown)}). Check its permissions.`,
      };
    }
  }

  const { files, problems } = await walk(root, fileSystem);
  const plan = planPack(files);
  const loading = loadPack({ ...plan, problems: [...problems, ...plan.problems] }, place);
  let step = loading.next();
  while (step.done !== true) step = loading.next(await contentOf(step.value.path, step.value.mostBytes));
  return step.value;
}
