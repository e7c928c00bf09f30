import { type PolicyScope, policyScopeKey } from '../../domain/policy.ts';
import type { SettingsStore } from '../../ports/settings-store.ts';

/** For whom a person pauses training: one scope, or all that there are. */
export type PauseTarget = PolicyScope | 'all';

/** What people have paused; it stays so over restarts. Rejects as the store does. */
export interface TrainingPauses {
  /** By itself, or because all are. */
  isPaused(scope: PolicyScope): Promise<boolean>;
  /** False where it was so already. A pause of all is one of its own: it pauses no scope by itself, and ends by itself. */
  pause(target: PauseTarget): Promise<boolean>;
  resume(target: PauseTarget): Promise<boolean>;
}

const settingsScope = 'system';

const keyOf = (target: PauseTarget): string =>
  target === 'all' ? 'training-paused' : `training-paused ${policyScopeKey(target)}`;

export function isSameScope(a: PolicyScope, b: PolicyScope): boolean {
  return policyScopeKey(a) === policyScopeKey(b);
}

export function isMeant(target: PauseTarget, scope: PolicyScope): boolean {
  return target === 'all' || isSameScope(target, scope);
}

export function createTrainingPauses(settings: Pick<SettingsStore, 'get' | 'set'>): TrainingPauses {
  const isSet = async (target: PauseTarget): Promise<boolean> =>
    (await settings.get(settingsScope, keyOf(target))) === true;

  async function set(target: PauseTarget, isPaused: boolean): Promise<boolean> {
    if ((await isSet(target)) === isPaused) return false;
    await settings.set(settingsScope, keyOf(target), isPaused);
    return true;
  }

  return {
    isPaused: async (scope) => (await isSet('all')) || (await isSet(scope)),
    pause: (target) => set(target, true),
    resume: (target) => set(target, false),
  };
}
