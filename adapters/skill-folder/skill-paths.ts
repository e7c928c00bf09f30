import { AppError } from '../../core/domain/app-error.ts';
import type { PackedSkill } from '../../core/ports/skill-archive.ts';
import { collisionKey, whyUnsafe } from './pack-path.ts';

export interface PlacedFile {
  /** `greet/references/x.md`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The files of skills below their names, in one order whatever order they come in. Throws `invalid_input` where two
 * would be one file, or a path leads elsewhere.
 */
export function placedFiles(skills: readonly PackedSkill[]): readonly PlacedFile[] {
  const seen = new Set<string>();
  const placed = skills.flatMap(({ text, files }) =>
    files.map(({ path, bytes }): PlacedFile => ({ path: `${text.name}/${path}`, bytes })),
  );
  for (const { path } of placed) {
    const unsafe = whyUnsafe(path);
    if (unsafe !== undefined) throw new AppError('invalid_input', `“${path}” cannot be written. ${unsafe}`);
    if (seen.has(collisionKey(path))) {
      throw new AppError('invalid_input', `“${path}” is there twice. Write the skills one by one.`);
    }
    seen.add(collisionKey(path));
  }
  return placed.sort((a, b) => (a.path < b.path ? -1 : 1));
}
