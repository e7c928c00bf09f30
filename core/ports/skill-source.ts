import type { SkillDiagnostic, SkillText } from '../domain/skill.ts';
import type { StoredSkillFile } from './library-store.ts';

/** Where skill texts come from. Never rejects: what cannot be read is a diagnostic. Of two texts with one name the later folder's wins. */
export interface SkillSourcePort {
  load(): Promise<LoadedSkills>;
}

export interface LoadedSkill extends SkillText {
  /** The SKILL.md that it was read from, byte for byte, where there is one. */
  readonly files?: readonly StoredSkillFile[];
}

export interface LoadedSkills {
  /** By name. */
  readonly skills: readonly LoadedSkill[];
  readonly diagnostics: readonly SkillDiagnostic[];
}
