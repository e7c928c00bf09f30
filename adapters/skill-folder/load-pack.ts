import type { SkillDiagnostic, SkillText } from '../../core/domain/skill.ts';
import type { LoadedPack, PackedSkill, SkillFileBytes } from '../../core/ports/skill-archive.ts';
import { mostSkillBytes } from './decode-skill-bytes.ts';
import { bytesText, packLimits } from './pack-limits.ts';
import { shownPath } from './pack-path.ts';
import { parseSkillFile } from './parse-skill-file.ts';
import type { PackPlan, PackProblem, PlannedSkill } from './plan-pack.ts';

export interface WantedFile {
  readonly path: string;
  /** More than that is not to be held in memory. */
  readonly mostBytes: number;
}

export type FileContent =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'too_large' }
  /** With a sentence that says why and what to do. */
  | { readonly kind: 'unreadable'; readonly message: string };

/** Asks for one file after the other and is given their contents: who drives it decides whether that waits. */
export type PackLoading = Generator<WantedFile, LoadedPack, FileContent>;

export interface PackPlace {
  /** How diagnostics and skills call a path of the pack. */
  readonly sourceOf: (path: string) => string;
  /** The name of the folder that the pack is; absent where it has none. */
  readonly folderName?: string;
  readonly budgetTokens?: number;
}

/** Counts what is still to be read. */
function createBudget() {
  let files: number = packLimits.files;
  let bytes: number = packLimits.allBytes;
  return {
    get hasFiles(): boolean {
      return files > 0;
    },
    get bytes(): number {
      return bytes;
    },
    spend(count: number): void {
      files -= 1;
      bytes -= count;
    },
  };
}

function placed({ severity, path, message }: PackProblem, { sourceOf }: PackPlace): SkillDiagnostic {
  return { severity, source: sourceOf(shownPath(path)), message };
}

/** Long lists help nobody, and a pack may be made to have one. */
export function boundedDiagnostics(
  all: readonly SkillDiagnostic[],
  source: string,
): readonly SkillDiagnostic[] {
  const most = packLimits.diagnostics;
  if (all.length <= most) return all;
  const message = `${all.length - most} further problems are not listed. Mend these first.`;
  return [...all.slice(0, most), { severity: 'error', source, message }];
}

/** Reads the skills of a plan within `packLimits`. Every SKILL.md comes first, so that no skill's other files crowd out another skill. */
export function* loadPack(plan: PackPlan, place: PackPlace): PackLoading {
  const diagnostics = plan.problems.map((problem) => placed(problem, place));
  const error = (path: string, message: string): void =>
    void diagnostics.push({ severity: 'error', source: place.sourceOf(path), message });
  const budget = createBudget();
  const taken = new Map<
    string,
    { readonly text: SkillText; readonly files: SkillFileBytes[]; readonly plan: PlannedSkill }
  >();

  function* read(
    path: string,
    mostBytes: number,
  ): Generator<WantedFile, Uint8Array | undefined, FileContent> {
    if (!budget.hasFiles) {
      error(
        path,
        `At most ${packLimits.files} files are read, so it was left out. Delete files or import fewer skills.`,
      );
      return undefined;
    }
    const allowed = Math.min(mostBytes, budget.bytes);
    const content = yield { path, mostBytes: allowed };
    budget.spend(content.kind === 'bytes' ? content.bytes.length : 0);
    if (content.kind === 'bytes') return content.bytes;
    const tooLarge =
      allowed < mostBytes
        ? `All files together may have ${bytesText(packLimits.allBytes)}, so it was left out. Import fewer skills at once.`
        : `It has more than ${bytesText(mostBytes)}, so it was left out. Shorten it.`;
    error(path, content.kind === 'too_large' ? tooLarge : content.message);
    return undefined;
  }

  for (const skill of plan.skills) {
    const bytes = yield* read(skill.skillFile, mostSkillBytes);
    if (bytes === undefined) continue;
    const folderName =
      skill.folder === '' ? place.folderName : skill.folder.slice(skill.folder.lastIndexOf('/') + 1);
    const parsed = parseSkillFile({
      source: place.sourceOf(skill.skillFile),
      bytes,
      ...(folderName === undefined ? {} : { folderName }),
      ...(place.budgetTokens === undefined ? {} : { budgetTokens: place.budgetTokens }),
    });
    diagnostics.push(...parsed.diagnostics);
    if (parsed.skill === undefined) continue;
    const { name } = parsed.skill;
    const earlier = taken.get(name);
    if (earlier !== undefined) {
      error(
        skill.skillFile,
        `"${name}" is also in ${earlier.text.source}, which was read. Rename or delete one of them.`,
      );
      continue;
    }
    taken.set(name, { text: parsed.skill, files: [{ path: 'SKILL.md', bytes }], plan: skill });
  }

  for (const { files, plan: skill } of taken.values()) {
    for (const path of skill.others) {
      const bytes = yield* read(path, packLimits.fileBytes);
      const inFolder = skill.folder === '' ? path : path.slice(skill.folder.length + 1);
      if (bytes !== undefined) files.push({ path: inFolder, bytes });
    }
  }
  const skills = [...taken.values()].map(({ text, files }): PackedSkill => ({ text, files }));
  skills.sort((a, b) => (a.text.name < b.text.name ? -1 : 1));
  return { skills, diagnostics: boundedDiagnostics(diagnostics, place.sourceOf('')) };
}
