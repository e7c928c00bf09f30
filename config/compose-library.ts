import { createSkillFolderSource } from '../adapters/skill-folder/skill-folder-source.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import { createSkillLibrary, type SkillLibrary } from '../core/skills/library.ts';
import type { ComposeSkillsDeps } from './compose-skills.ts';
import type { LoadedSettings } from './load-settings.ts';
import { skillFolders } from './skill-folders.ts';
import type { Storage } from './storage.ts';

export interface ComposeLibraryDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Pick<Storage['stores'], 'library' | 'samples'>;
  /** Of this installation: by it chance leaves skills out. */
  readonly key: string;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The skills of the folders and of the store; empty until it is first reloaded. */
export interface ComposedLibrary {
  readonly library: SkillLibrary;
  /** Where there was much feedback chance leaves out active skills, too. Until it is told, there was none. */
  readonly onLabelled: ComposeSkillsDeps['onLabelled'];
}

/** Reads nothing yet. */
export function composeLibrary(deps: ComposeLibraryDeps): ComposedLibrary {
  const { loaded, stores, key, ids, clock, logger } = deps;
  const { skills } = loaded.settings;
  const labelled = new Map<SpaceId | '', number>();
  const library = createSkillLibrary({
    source: createSkillFolderSource({ folders: skillFolders(loaded), budgetTokens: skills.budgetTokens }),
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger,
    limits: { topK: skills.topK, budgetTokens: skills.budgetTokens },
    retrieval: skills.retrieval,
    invalidation: skills.invalidation,
    experiments: {
      key,
      enabled: skills.experiments,
      labelledTurnsLastMonth: (scope) => labelled.get(scope.kind === 'global' ? '' : scope.spaceId) ?? 0,
    },
    yieldNow: () => clock.sleep(0),
  });
  return {
    library,
    onLabelled(turns) {
      for (const [space, count] of turns) labelled.set(space, count);
    },
  };
}
