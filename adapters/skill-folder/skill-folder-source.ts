import { join } from 'node:path';
import type { SkillDiagnostic } from '../../core/domain/skill.ts';
import type { LoadedSkill, LoadedSkills, SkillSourcePort } from '../../core/ports/skill-source.ts';
import { errorCode, isInside, nodeFileSystem, type SkillFileSystem } from './file-system.ts';
import { parseSkillFile } from './parse-skill-file.ts';

export interface SkillFolder {
  readonly path: string;
  /** Nothing is said when it is not there. Default false. */
  readonly optional?: boolean;
  /** Its skills are there to be replaced: nothing is said when a later folder's is used instead. Default false. */
  readonly replaceable?: boolean;
}

export interface SkillFolderSourceOptions {
  /** Each holds `<name>/SKILL.md`. Of two skills with one name the later folder's wins. */
  readonly folders: readonly SkillFolder[];
  /** `skills.budgetTokens`: longer skills get a warning, as they can never be shown. Default: none. */
  readonly budgetTokens?: number;
  /** Default: this machine's. */
  readonly fileSystem?: SkillFileSystem;
}

const fileName = 'SKILL.md';

/** As `ParsedSkillFile`, with the file itself. */
interface ReadSkillFile {
  readonly skill: LoadedSkill | undefined;
  readonly diagnostics: readonly SkillDiagnostic[];
}

/** Read at once: keeps thousands of skills quick and the number of open files small. */
const batchSize = 64;

function problem(severity: SkillDiagnostic['severity'], source: string, message: string): ReadSkillFile {
  return { skill: undefined, diagnostics: [{ severity, source, message }] };
}

/** Reads SKILL.md folders from disk. `load` reads everything anew each time. */
export function createSkillFolderSource(options: SkillFolderSourceOptions): SkillSourcePort {
  const { folders, budgetTokens, fileSystem = nodeFileSystem } = options;

  async function whyMissing(folder: string, source: string): Promise<ReadSkillFile> {
    const entries = await fileSystem.list(folder).catch(() => []);
    const other = entries.find(({ name }) => name.toLowerCase() === fileName.toLowerCase());
    if (other !== undefined && other.name !== fileName) {
      return problem('error', source, `The file is called "${other.name}". Rename it to "${fileName}".`);
    }
    return problem('warning', source, `The folder holds no "${fileName}". Add one, or delete the folder.`);
  }

  async function readSkill(root: string, folderPath: string, folderName: string): Promise<ReadSkillFile> {
    const folder = join(folderPath, folderName);
    const source = join(folder, fileName);
    try {
      const real = await fileSystem.realPath(source);
      if (!isInside(real, root)) {
        return problem(
          'error',
          source,
          'The file is a link that leads outside the skill folder. Copy the file into the folder instead.',
        );
      }
      const bytes = await fileSystem.read(real);
      if (bytes === undefined) {
        return problem('error', source, `"${fileName}" is not a regular file. Put a text file in its place.`);
      }
      const { skill, diagnostics } = parseSkillFile({
        folderName,
        source,
        bytes,
        ...(budgetTokens === undefined ? {} : { budgetTokens }),
      });
      const files = [{ path: fileName, bytes }];
      return { skill: skill === undefined ? undefined : { ...skill, files }, diagnostics };
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code === 'ENOENT') return whyMissing(folder, source);
      // A link to a file lies among the folders.
      if (code === 'ENOTDIR') return { skill: undefined, diagnostics: [] };
      return problem('error', source, `The file cannot be read (${code}). Check its permissions.`);
    }
  }

  async function readFolder({ path, optional = false }: SkillFolder): Promise<readonly ReadSkillFile[]> {
    try {
      const root = await fileSystem.realPath(path);
      const names = (await fileSystem.list(root))
        .filter(({ name, mayBeFolder }) => mayBeFolder && !name.startsWith('.'))
        .map(({ name }) => name)
        .sort();
      const read: ReadSkillFile[] = [];
      for (let at = 0; at < names.length; at += batchSize) {
        const batch = names.slice(at, at + batchSize);
        read.push(...(await Promise.all(batch.map((name) => readSkill(root, path, name)))));
      }
      return read;
    } catch (thrown) {
      const code = errorCode(thrown);
      if (code === 'ENOENT' && optional) return [];
      const reason =
        code === 'ENOENT'
          ? 'The skill folder does not exist. Create it, or take it out of the settings.'
          : `The skill folder cannot be read (${code}). Check that it is a folder and its permissions.`;
      return [problem('error', path, reason)];
    }
  }

  return {
    async load(): Promise<LoadedSkills> {
      const byName = new Map<string, LoadedSkill>();
      const diagnostics: SkillDiagnostic[] = [];
      const replaceable = new Set<LoadedSkill>();
      for (const folder of folders) {
        for (const parsed of await readFolder(folder)) {
          diagnostics.push(...parsed.diagnostics);
          if (parsed.skill === undefined) continue;
          const earlier = byName.get(parsed.skill.name);
          if (folder.replaceable === true) replaceable.add(parsed.skill);
          if (earlier !== undefined && !replaceable.has(earlier)) {
            diagnostics.push({
              severity: 'warning',
              source: earlier.source,
              message: `"${parsed.skill.name}" is also in ${parsed.skill.source}, which is used instead. Rename or delete one of them unless that is meant.`,
            });
          }
          byName.set(parsed.skill.name, parsed.skill);
        }
      }
      const skills = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
      return { skills, diagnostics };
    },
  };
}
