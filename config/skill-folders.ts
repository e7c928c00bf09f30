import { join, resolve } from 'node:path';
import type { SkillFolder } from '../adapters/skill-folder/skill-folder-source.ts';
import type { LoadedSettings } from './load-settings.ts';
import { packageRoot } from './package-root.ts';

/** Where skills are read from; of two with one name the later folder's wins. */
export function skillFolders({
  settings,
  homeFolder,
  workingFolder,
}: LoadedSettings): readonly SkillFolder[] {
  return [
    ...(settings.skills.shipped ? [{ path: join(packageRoot(), 'skills'), replaceable: true }] : []),
    ...settings.skills.folders.map((path) => ({ path: resolve(workingFolder, path) })),
    { path: join(homeFolder, 'skills'), optional: true },
  ];
}
