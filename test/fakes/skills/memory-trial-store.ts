import type { SessionId, SpaceId } from '../../../core/domain/ids.ts';
import { skillScopeKey } from '../../../core/domain/skill.ts';
import type {
  EndedSession,
  Exposure,
  SessionBaseline,
  SkillUse,
  TrialKey,
  TrialStore,
} from '../../../core/ports/trial-store.ts';

export interface MemoryTrialStore extends TrialStore {
  /** Sessions that have ended, to be counted. */
  end(session: EndedSession): void;
  readonly all: readonly Exposure[];
  labelled: ReadonlyMap<SpaceId | '', number>;
}

/** Exposures in a list. */
export function createMemoryTrialStore(): MemoryTrialStore {
  const ended = new Map<SessionId, EndedSession>();
  const counted = new Set<SessionId>();
  const all: Exposure[] = [];
  const heldOut: Omit<SkillUse, 'sessions'>[] = [];
  const isOf = (exposure: Exposure, { scope, name, trial }: TrialKey): boolean =>
    skillScopeKey(exposure.scope) === skillScopeKey(scope) &&
    exposure.name === name &&
    exposure.trial === trial;
  const store: MemoryTrialStore = {
    all,
    labelled: new Map(),
    end: (session) => void ended.set(session.sessionId, session),
    countable: async (limit) =>
      [...ended.values()]
        .filter(({ sessionId }) => !counted.has(sessionId))
        .sort((a, b) => a.endedAt - b.endedAt)
        .slice(0, limit),
    async count(sessionId, exposures, alsoShown = []) {
      if (counted.has(sessionId)) return;
      counted.add(sessionId);
      all.push(...exposures);
      heldOut.push(...alsoShown);
    },
    exposures: async (of, skip = 0) => all.filter((exposure) => isOf(exposure, of)).slice(skip),
    exposuresSince: async (scope, name, since) =>
      all
        .filter((exposure) => skillScopeKey(exposure.scope) === skillScopeKey(scope))
        .filter((exposure) => exposure.name === name && exposure.at >= since)
        .sort((a, b) => a.at - b.at),
    async uses() {
      const shown = [
        ...heldOut,
        ...all.filter(({ isShown }) => isShown).map((one) => ({ ...one, lastShownAt: one.at })),
      ];
      return [...Map.groupBy(shown, ({ scope, name }) => `${skillScopeKey(scope)} ${name}`).values()].flatMap(
        (own) => {
          const [first] = own;
          if (first === undefined) return [];
          const lastShownAt = Math.max(...own.map((one) => one.lastShownAt));
          return [{ scope: first.scope, name: first.name, sessions: own.length, lastShownAt }];
        },
      );
    },
    labelledTurns: async (_, spaceId) => store.labelled.get(spaceId ?? '') ?? 0,
    async baseline(of, _, since): Promise<SessionBaseline | undefined> {
      const shown = new Set(
        all.filter((one) => isOf(one, of) && one.isShown).map(({ sessionId }) => sessionId),
      );
      const outcomes = all
        .filter(({ sessionId, at }) => !shown.has(sessionId) && at >= since)
        .map(({ outcome }) => outcome);
      if (outcomes.length === 0) return undefined;
      const mean = outcomes.reduce((sum, value) => sum + value, 0) / outcomes.length;
      const variance = outcomes.reduce((sum, value) => sum + (value - mean) ** 2, 0) / outcomes.length;
      return { mean, variance, sessions: outcomes.length };
    },
  };
  return store;
}
