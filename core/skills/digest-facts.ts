import type { SpaceId } from '../domain/ids.ts';
import type { ModelCost } from '../domain/proposal.ts';
import { isRetrievable, type SkillName, type SkillScope, type SkillScopeKind } from '../domain/skill.ts';
import type { LibraryEvent, LibraryStore } from '../ports/library-store.ts';
import type { ProposalStore } from '../ports/proposal-store.ts';
import type { SampleCounts, SampleStore } from '../ports/sample-store.ts';
import type { TrialStore } from '../ports/trial-store.ts';

/** What became of one skill in a stretch of time. */
export interface DigestLine {
  readonly name: SkillName;
  readonly scope: SkillScopeKind;
  readonly version: number;
  /** Whether the evolver made it. */
  readonly isLearned: boolean;
  readonly reason?: string;
}

/** A skill that was used, and what people said of the answers it was given to. */
export interface DigestUse {
  readonly name: SkillName;
  readonly sessions: number;
  readonly good: number;
  readonly bad: number;
}

/** What happened to the skills of one space. Skills that belong to one person are counted and not named. */
export interface DigestFacts {
  /** Epoch milliseconds. */
  readonly from: number;
  readonly to: number;
  readonly learned: readonly DigestLine[];
  readonly proven: readonly DigestLine[];
  readonly undone: readonly DigestLine[];
  readonly retired: readonly DigestLine[];
  /** Fell back for harm. */
  readonly stopped: readonly DigestLine[];
  readonly personal: number;
  readonly uses: readonly DigestUse[];
  /** Rated answers, in this stretch and in the one of the same length before it. */
  readonly rated: number;
  readonly ratedBefore: number;
  readonly waiting: number;
  readonly refused: number;
  readonly rejected: number;
  readonly failedRuns: number;
  readonly cost: ModelCost;
  readonly generation: number;
  readonly samples: SampleCounts;
}

export interface DigestDeps {
  readonly library: Pick<LibraryStore, 'history'>;
  readonly generation: () => number;
  readonly proposals: Pick<ProposalStore, 'list' | 'counts' | 'runs'>;
  readonly trials: Pick<TrialStore, 'exposuresSince' | 'labelledTurns'>;
  readonly samples: Pick<SampleStore, 'counts'>;
}

const eventsLookedAt = 5_000;
const proposalsLookedAt = 200;
const runsLookedAt = 500;
const usesShown = 10;

type Fate = 'learned' | 'proven' | 'undone' | 'retired' | 'stopped';

function fateOf({ cause, before, after }: LibraryEvent): Fate | undefined {
  if (cause.kind === 'undo' || cause.kind === 'restore') return 'undone';
  if (cause.kind === 'demote') return 'stopped';
  if (cause.kind === 'prove') return 'proven';
  const was = before !== undefined && isRetrievable(before.state);
  const is = isRetrievable(after.state);
  if (was && !is) return 'retired';
  if (cause.kind === 'files') return undefined;
  return is && (!was || before.version !== after.version) ? 'learned' : undefined;
}

function lineOf({ cause, after }: LibraryEvent): DigestLine {
  return {
    name: after.name,
    scope: after.scope.kind,
    version: after.version,
    isLearned: cause.proposal !== undefined,
    ...(cause.reason === undefined ? {} : { reason: cause.reason }),
  };
}

/** Whether this is the end of a skill that moved to others of these people, where it is told. */
function isMoved({ cause, generation, after }: LibraryEvent, shared: readonly LibraryEvent[]): boolean {
  if (cause.kind !== 'scope' || isRetrievable(after.state)) return false;
  return shared.some(
    (other) =>
      other.generation === generation && other.after.name === after.name && isRetrievable(other.after.state),
  );
}

function concerns(scope: SkillScope, spaceId: SpaceId): boolean {
  return scope.kind === 'global' || scope.spaceId === spaceId;
}

/** Gathers them from the stores; rejects as these do. */
export async function digestFacts(
  spaceId: SpaceId,
  from: number,
  to: number,
  deps: DigestDeps,
): Promise<DigestFacts> {
  const isWithin = (at: number | undefined): boolean => at !== undefined && at > from && at <= to;
  const [history, decided, counts, runs, rated, ratedSinceBefore, samples] = await Promise.all([
    deps.library.history(eventsLookedAt),
    deps.proposals.list(['refused', 'rejected'], proposalsLookedAt, spaceId),
    deps.proposals.counts(spaceId),
    deps.proposals.runs(runsLookedAt, spaceId),
    deps.trials.labelledTurns(from, spaceId),
    deps.trials.labelledTurns(2 * from - to, spaceId),
    deps.samples.counts(),
  ]);
  const events = history
    .filter(({ at, after }) => isWithin(at) && concerns(after.scope, spaceId))
    .toReversed();
  const shared = events.filter(({ after }) => after.scope.kind !== 'user');
  const personal = events.filter((event) => event.after.scope.kind === 'user' && fateOf(event) !== undefined);
  const of = (fate: Fate): readonly DigestLine[] =>
    shared.filter((event) => fateOf(event) === fate && !isMoved(event, shared)).map(lineOf);
  const recentRuns = runs.filter(({ at }) => isWithin(at));
  return {
    from,
    to,
    learned: of('learned'),
    proven: of('proven'),
    undone: of('undone'),
    retired: of('retired'),
    stopped: of('stopped'),
    personal: personal.length,
    uses: await usesOf(shared, from, deps),
    rated,
    ratedBefore: Math.max(0, ratedSinceBefore - rated),
    waiting: counts.waiting,
    refused: decided.filter(({ state, createdAt }) => state === 'refused' && isWithin(createdAt)).length,
    rejected: decided.filter(({ state, decidedAt }) => state === 'rejected' && isWithin(decidedAt)).length,
    failedRuns: recentRuns.filter(({ outcome }) => outcome === 'failed').length,
    cost: sumOf(recentRuns.map(({ cost }) => cost)),
    generation: deps.generation(),
    samples,
  };
}

/** Of the skills that changed, what people said where they were given. */
async function usesOf(
  events: readonly LibraryEvent[],
  from: number,
  { trials }: Pick<DigestDeps, 'trials'>,
): Promise<readonly DigestUse[]> {
  const changed = new Map(events.map(({ after }) => [`${after.scope.kind} ${after.name}`, after]));
  const uses = await Promise.all(
    [...changed.values()].slice(-usesShown).map(async ({ scope, name }) => {
      const shown = (await trials.exposuresSince(scope, name, from)).filter(({ isShown }) => isShown);
      return {
        name,
        sessions: shown.length,
        good: shown.reduce((sum, { positives }) => sum + positives, 0),
        bad: shown.flatMap(({ negatives }) => negatives).reduce((sum, { votes }) => sum + votes, 0),
      };
    }),
  );
  return uses.filter(({ sessions }) => sessions > 0);
}

function sumOf(costs: readonly ModelCost[]): ModelCost {
  return costs.reduce(
    (sum, cost) => ({
      calls: sum.calls + cost.calls,
      inputTokens: sum.inputTokens + cost.inputTokens,
      outputTokens: sum.outputTokens + cost.outputTokens,
    }),
    { calls: 0, inputTokens: 0, outputTokens: 0 },
  );
}
