import { type ContentUse, contentUses } from '../../../core/domain/content-use.ts';
import type { PlatformPolicy, UseTerm } from '../../../core/feedback/content-door.ts';

function each<Value>(make: (use: ContentUse) => Value): Readonly<Record<ContentUse, Value>> {
  const [judge, evolve, trainLocal, trainHosted, exported] = contentUses;
  return {
    judge: make(judge),
    evolve: make(evolve),
    train_local: make(trainLocal),
    train_hosted: make(trainHosted),
    export: make(exported),
  };
}

/** A platform with one term for every use, and the uses that the operator has on. */
export function platformPolicy(term: UseTerm, on: readonly ContentUse[] = contentUses): PlatformPolicy {
  return { terms: each(() => term), isOn: each((use) => on.includes(use)) };
}

/** Everything is allowed. */
export const openPlatform = (): PlatformPolicy => platformPolicy('setting');
