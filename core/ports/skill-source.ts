import type { SkillDiagnostic, SkillText } from '../domain/skill.ts';

/** Where skill texts come from. Never rejects: what cannot be read is a diagnostic. Of two texts with one name the later folder's wins. */
export interface SkillSourcePort {
  load(): Promise<LoadedSkills>;
}

export interface LoadedSkills {
  /** By name. */
  readonly skills: readonly SkillText[];
  readonly diagnostics: readonly SkillDiagnostic[];
}
