import { join } from 'node:path';
import { createSkillFolderSource } from '../../../adapters/skill-folder/skill-folder-source.ts';
import type { LoadedSkills } from '../../../core/ports/skill-source.ts';

/** What `config/default.yaml` gives one prompt. */
export const shippedLimits = { topK: 6, budgetTokens: 1200 } as const;

/** The skills in `skills/`. */
export function loadShippedBank(): Promise<LoadedSkills> {
  const path = join(import.meta.dirname, '..', '..', '..', 'skills');
  return createSkillFolderSource({ folders: [{ path }], budgetTokens: shippedLimits.budgetTokens }).load();
}
