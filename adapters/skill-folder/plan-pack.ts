import { packLimits } from './pack-limits.ts';
import { collisionKey, isJunk, whyUnsafe } from './pack-path.ts';

export const skillFileName = 'SKILL.md';

/** A folder that holds a SKILL.md, and what else lies in it. Paths are the pack's. */
export interface PlannedSkill {
  /** Empty where the pack is the skill's own folder. */
  readonly folder: string;
  readonly skillFile: string;
  readonly others: readonly string[];
}

/** Something to be said of a path of the pack; of the whole where the path is empty. */
export interface PackProblem {
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly message: string;
}

export interface PackPlan {
  readonly skills: readonly PlannedSkill[];
  readonly problems: readonly PackProblem[];
}

const folderOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** The folder itself and those around it, the outermost first: `['', 'a', 'a/b']`. */
function foldersAround(path: string): readonly string[] {
  const parts = folderOf(path).split('/');
  return ['', ...parts.map((_, index) => parts.slice(0, index + 1).join('/'))];
}

function safePaths(paths: readonly string[], problems: PackProblem[]): readonly string[] {
  return paths.filter((path) => {
    if (isJunk(path)) return false;
    const unsafe = whyUnsafe(path);
    if (unsafe === undefined) return true;
    problems.push({ severity: 'error', path, message: `${unsafe} The file was left out.` });
    return false;
  });
}

/** Of safe paths those that may be read, each once. */
function sift(paths: readonly string[], problems: PackProblem[]): readonly string[] {
  const seen = new Set<string>();
  const folders = new Set(paths.flatMap((path) => foldersAround(collisionKey(path))));
  return paths.filter((path) => {
    const error = (message: string): false => {
      problems.push({ severity: 'error', path, message });
      return false;
    };
    const key = collisionKey(path);
    if (folders.has(key)) return error('A folder has the same name. Rename one of them.');
    if (seen.has(key)) return error('There are two files of this name. Delete one; the first was read.');
    seen.add(key);
    return /\.zip$/i.test(path) ? error('A zip inside is not opened. Unpack it first.') : true;
  });
}

/** Says so where a folder's SKILL.md would be found but for its case. */
function misnamed(paths: readonly string[], folders: ReadonlySet<string>): readonly PackProblem[] {
  return paths
    .filter((path) => {
      const name = nameOf(path);
      const isAlmost = name !== skillFileName && name.toLowerCase() === skillFileName.toLowerCase();
      return isAlmost && !foldersAround(path).some((folder) => folders.has(folder));
    })
    .map((path) => ({
      severity: 'error',
      path,
      message: `The file is called "${nameOf(path)}". Rename it to "${skillFileName}".`,
    }));
}

/**
 * Which skills a pack holds, by the paths of its files alone: each outermost folder with a SKILL.md is one. Files
 * outside of them are passed over; so is what file managers leave behind.
 */
export function planPack(paths: readonly string[]): PackPlan {
  const problems: PackProblem[] = [];
  const sifted = sift(safePaths(paths, problems), problems);
  const withSkillFile = new Set(sifted.filter((path) => nameOf(path) === skillFileName).map(folderOf));
  const members = new Map<string, string[]>();
  for (const path of sifted) {
    const folder = foldersAround(path).find((around) => withSkillFile.has(around));
    if (folder === undefined) continue;
    const list = members.get(folder) ?? [];
    list.push(path);
    members.set(folder, list);
  }
  problems.push(...misnamed(sifted, withSkillFile));
  const all = [...members].sort(([a], [b]) => (a < b ? -1 : 1));
  const skills = all.slice(0, packLimits.skills).map(([folder, list]): PlannedSkill => {
    const skillFile = folder === '' ? skillFileName : `${folder}/${skillFileName}`;
    return { folder, skillFile, others: list.filter((path) => path !== skillFile).sort() };
  });
  if (all.length > skills.length) {
    const message = `There are ${all.length} skills; the first ${packLimits.skills} were read. Split them into several.`;
    problems.push({ severity: 'error', path: '', message });
  }
  if (all.length === 0 && problems.length === 0) {
    const message = `There is no "${skillFileName}" in it. A skill is a folder with a file of that name.`;
    problems.push({ severity: 'error', path: '', message });
  }
  return { skills, problems };
}
