import type { SkillDiagnostic, SkillText } from '../domain/skill.ts';

/** One file of a skill. */
export interface SkillFileBytes {
  /** Relative to the skill's folder: `SKILL.md`, `references/x.md`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** A skill as it lies on disk. */
export interface PackedSkill {
  readonly text: SkillText;
  /** SKILL.md among them, byte for byte. */
  readonly files: readonly SkillFileBytes[];
}

export interface LoadedPack {
  readonly skills: readonly PackedSkill[];
  readonly diagnostics: readonly SkillDiagnostic[];
}

/** Skills as files, in the agentskills.io format. */
export interface SkillArchivePort {
  /**
   * Reads a SKILL.md, a zip, or a folder (one skill or many) at a path on the operator's disk. What cannot be read of it
   * is a diagnostic, and the rest is read; rejects with `not_found` or `not_allowed` for the path itself.
   */
  readPath(path: string): Promise<LoadedPack>;
  /** The same for the bytes of a SKILL.md or a zip; `name` for diagnostics. Never throws. */
  readBytes(bytes: Uint8Array, name: string): LoadedPack;
  /**
   * A zip that holds `<name>/SKILL.md` and the other files, byte-identical. The same skills give the same bytes. Throws
   * `invalid_input` for two skills of one name and for a path that leads out of its skill.
   */
  toZip(skills: readonly PackedSkill[]): Uint8Array;
  /** A SKILL.md for a skill that was not read from one: reading it gives the same name, description, triggers and body. */
  render(text: SkillText): Uint8Array;
  /**
   * Writes each skill as a folder below a path. Rejects with `conflict`, and writes nothing, where one is there already;
   * with `invalid_input` as `toZip` does. Resolves with the folders.
   */
  writeFolder(path: string, skills: readonly PackedSkill[]): Promise<readonly string[]>;
}
