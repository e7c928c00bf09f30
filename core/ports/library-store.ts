import type { Skill, SkillName, SkillScope, SkillText } from '../domain/skill.ts';

/** The durable side of the skill library: versions and the generation. Durability and errors as in `InboxStore`. */
export interface LibraryStore {
  /**
   * Makes `texts` (with digests) the library's content for one scope, in one commit: a name that is new or whose digest
   * differs gets its next version, a name that is missing is withdrawn. The generation grows by exactly one when
   * anything changed and not otherwise.
   */
  sync(scope: SkillScope, texts: readonly DigestedSkill[], at: number): Promise<LibraryState>;
  state(): Promise<LibraryState>;
  /**
   * Any version that ever was, for `why` on old turns. Names are counted per scope: give the `contentHash` that the
   * turn recorded to get that very text; without it the global one comes first.
   */
  version(name: SkillName, version: number, contentHash?: string): Promise<Skill | undefined>;
}

export interface DigestedSkill extends SkillText {
  readonly contentHash: string;
}

export interface LibraryState {
  /** 0 before the first sync. */
  readonly generation: number;
  /** What can be retrieved now. */
  readonly skills: readonly Skill[];
}
