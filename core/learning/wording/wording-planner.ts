import type { PolicyScope } from '../../domain/policy.ts';
import { estimateTokens } from '../../domain/tokens.ts';
import type { RunPlan, TrainingRun } from '../../domain/training-run.ts';
import type { RunStore } from '../../ports/run-store.ts';
import type { RunPlanner } from '../run/run-planner.ts';
import { leastRated, shortageOf } from './begin-search.ts';
import { callsOfTrial, sizesFor } from './choose-turns.ts';
import type { PersonaDeps } from './present-persona.ts';
import { gatherRated, type RatedDeps, type RatedTurn } from './rated-turns.ts';
import type { SearchCallDeps } from './search-calls.ts';
import { defaultLimits } from './wording-driver.ts';

export interface WordingPlannerDeps extends RatedDeps, PersonaDeps, Pick<SearchCallDeps, 'priceOf'> {
  readonly runs: Pick<RunStore, 'list'>;
  /** Default: 400. */
  readonly maxCalls?: number;
}

const runsLookedAt = 50;

/**
 * Plans a search over words. It needs 12 rated turns, 4 of them not good, of at least two people but where one person's own
 * talk is all of it, nobody's more than half, and as many rated ones asked since the last
 * search of the scope that came to its end: the same turns say the same again. It leases no samples, and its texts come from turns that are chosen
 * when it begins.
 */
export function createWordingPlanner(deps: WordingPlannerDeps): RunPlanner {
  const maxCalls = deps.maxCalls ?? defaultLimits.maxCalls;
  return {
    kind: 'wording',
    async plan(scope) {
      const { turns, leftOut } = await gatherRated(scope, deps);
      const last = (await deps.runs.list(runsLookedAt, scope)).find(isWholeSearch);
      const fresh = turns.filter(({ turn }) => last === undefined || turn.startedAt >= last.startedAt);
      const counts = countsOf(turns);
      const estimate = estimateOf(turns, scope);
      const plan: RunPlan = {
        steps: 0,
        ...counts,
        leftOut,
        estimate,
        settings: { maxCalls, alpha: defaultLimits.alpha },
      };
      const shortage = shortageOf(turns) ?? (fresh.length < leastRated ? 'too_few_samples' : undefined);
      if (shortage !== undefined) return { kind: 'not_ready', reason: shortage, counts, plan };
      return { kind: 'ready', methods: ['wording'], samples: [], plan };
    },
  };

  /** What it costs at most, as if each call were like the mean one. */
  function estimateOf(turns: readonly RatedTurn[], scope: PolicyScope): RunPlan['estimate'] {
    if (turns.length === 0) return { calls: 0, tokens: 0, micros: 0 };
    const meanOf = (tokens: (rated: RatedTurn) => number): number =>
      Math.ceil(turns.reduce((sum, rated) => sum + tokens(rated), 0) / turns.length);
    const request = meanOf(({ turn }) => estimateTokens(turn.requestText));
    const reply = meanOf(({ turn }) => estimateTokens(turn.replyText));
    const skills = meanOf((rated) => rated.skills.reduce((sum, { body }) => sum + estimateTokens(body), 0));
    const persona = estimateTokens(deps.learnedPersona(scope)?.text ?? deps.configuredPersona);
    const { train, select } = sizesFor(turns.length, maxCalls);
    // Every trial of the present words and of newcomers, as far as the calls go.
    const trials = Math.floor(Math.min(maxCalls, callsOfTrial * (mostWordings * train + 4 * select)) / 2);
    const answer = deps.priceOf('answer', { read: persona + skills + request + 1_000, write: 2 * reply });
    const judge = deps.priceOf('judge', { read: request + 3 * reply + 500, write: 200 });
    return {
      calls: trials * callsOfTrial,
      tokens: trials * (answer.tokens + judge.tokens),
      micros: trials * (answer.micros + judge.micros),
    };
  }
}

const mostWordings = 10;

/** What was cut short by a failure, a person or a change of words has not had its say. */
function isWholeSearch({ kind, methods, state, reason }: TrainingRun): boolean {
  if (kind !== 'wording' || methods.length === 0) return false;
  return state === 'done' || (state === 'skipped' && reason !== 'changed');
}

function countsOf(
  turns: readonly RatedTurn[],
): Pick<RunPlan, 'samples' | 'positives' | 'negatives' | 'people'> {
  const positives = turns.filter(({ value }) => value > 0).length;
  return {
    samples: turns.length,
    positives,
    negatives: turns.length - positives,
    people: new Set(turns.map(({ turn }) => turn.askerId)).size,
  };
}
