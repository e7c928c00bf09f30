import type { Skill, SkillScope } from '../domain/skill.ts';
import type { SkillStatsChart, SkillStatsPoint } from '../domain/skill-chart.ts';
import type { LibraryEvent, LibraryStore } from '../ports/library-store.ts';
import type { SampleStore } from '../ports/sample-store.ts';
import type { Exposure } from '../ports/trial-store.ts';
import { contextAmong, frequentContexts, otherContext, parseContextKey } from './proof/contexts.ts';
import { isRandomised } from './proof/e-process.ts';
import { estimateLift } from './proof/lift.ts';
import type { ContextStats, SkillStats } from './skill-stats.ts';
import { type TrialWorkerDeps, verdictOn } from './trial-worker.ts';

export interface SkillStatsDeps extends Pick<TrialWorkerDeps, 'trials' | 'clock' | 'alpha'> {
  readonly library: Pick<LibraryStore, 'history'>;
  readonly samples: Pick<SampleStore, 'counts'>;
}

/** How skills do in use, from the stores; rejects as these do. */
export interface SkillStatsReader {
  of(skill: Skill): Promise<SkillStats>;
  samples: SampleStore['counts'];
}

const DAY_MS = 86_400_000;
const chartMs = 365 * DAY_MS;
/** More days than this are drawn as weeks. */
const mostDays = 60;
const marksShown = 12;
const mostEvents = 200;

export function createSkillStats(deps: SkillStatsDeps): SkillStatsReader {
  return {
    samples: () => deps.samples.counts(),
    async of(skill) {
      const { scope, name, standing } = skill;
      const [verdict, exposures, all, history] = await Promise.all([
        verdictOn(skill, deps),
        deps.trials.exposures({ scope, name, trial: standing.trial }),
        deps.trials.exposuresSince(scope, name, deps.clock.now() - chartMs),
        deps.library.history(mostEvents, { scope, name }),
      ]);
      const shown = exposures.filter(({ isShown }) => isShown);
      const { lift, liftLow, liftHigh } = verdict;
      const hasTest = exposures.some(isRandomised);
      return {
        exposures: exposures.length,
        shown: shown.length,
        masked: exposures.length - shown.length,
        good: goodOf(shown),
        bad: badOf(shown),
        isLabelShareOff: verdict.isLabelShareOff,
        ...(verdict.labelledShown === undefined ? {} : { labelledShown: verdict.labelledShown }),
        ...(verdict.labelledMasked === undefined ? {} : { labelledMasked: verdict.labelledMasked }),
        ...(lift === undefined || liftLow === undefined || liftHigh === undefined
          ? {}
          : { lift: { mean: lift, low: liftLow, high: liftHigh } }),
        ...(verdict.pHarm === undefined ? {} : { pHarm: verdict.pHarm }),
        ...(hasTest
          ? { evidence: { e: Math.exp(verdict.logE), needed: Math.exp(verdict.logThreshold) } }
          : {}),
        ...(verdict.expectedDecisionMs === undefined
          ? {}
          : { expectedDecisionMs: verdict.expectedDecisionMs }),
        contexts: contextsOf(exposures, standing.maskedContexts),
        chart: chartOf(skill, all, history),
      };
    },
  };
}

const goodOf = (exposures: readonly Exposure[]): number =>
  exposures.reduce((sum, { positives }) => sum + positives, 0);

const badOf = (exposures: readonly Exposure[]): number =>
  exposures.flatMap(({ negatives }) => negatives).reduce((sum, { votes }) => sum + votes, 0);

function contextsOf(exposures: readonly Exposure[], masked: readonly string[]): readonly ContextStats[] {
  const frequent = frequentContexts(exposures.map(({ context }) => context));
  const groups = Map.groupBy(exposures, ({ context }) => contextAmong(context, frequent));
  for (const key of masked) if (!groups.has(key)) groups.set(key, []);
  return [...groups]
    .map(([key, own]) => {
      const shown = own.filter(({ isShown }) => isShown);
      return {
        context: contextInWords(key),
        sessions: own.length,
        good: goodOf(shown),
        bad: badOf(shown),
        isMasked: masked.includes(key),
      };
    })
    .sort((a, b) => b.sessions - a.sessions || (a.context < b.context ? -1 : 1));
}

function contextInWords(key: string): string {
  const context = parseContextKey(key);
  if (key === otherContext || context === undefined) return 'elsewhere';
  const topic = context.topic === undefined ? '' : `, “${context.topic}”`;
  return `${context.platform}, ${context.audience}${topic}`;
}

function chartOf(
  skill: Skill,
  exposures: readonly Exposure[],
  history: readonly LibraryEvent[],
): SkillStatsChart {
  const points = pointsOf(exposures);
  const first = points[0]?.at ?? 0;
  return {
    title: skill.name,
    subtitle: `version ${skill.version}, ${scopeWord(skill.scope)}`,
    points,
    marks: history
      .filter(({ at }) => at >= first)
      .slice(0, marksShown)
      .map(({ at, cause, after }) => ({
        at,
        label: cause.kind === 'edit' ? `version ${after.version}` : cause.kind,
      }))
      .toReversed(),
  };
}

const scopeWord = ({ kind }: SkillScope): string => (kind === 'user' ? 'one person’s' : kind);

/** By day, or by week where there are many days; the estimate is of all that was known by then. */
function pointsOf(exposures: readonly Exposure[]): readonly SkillStatsPoint[] {
  const [first] = exposures;
  const last = exposures.at(-1);
  if (first === undefined || last === undefined) return [];
  const step = last.at - first.at > mostDays * DAY_MS ? 7 * DAY_MS : DAY_MS;
  const start = Math.floor(first.at / DAY_MS) * DAY_MS;
  const groups = Map.groupBy(exposures, ({ at }) => start + Math.floor((at - start) / step) * step);
  const known: Exposure[] = [];
  return [...groups]
    .sort(([a], [b]) => a - b)
    .map(([at, own]) => {
      known.push(...own);
      const labelled = own.filter(({ isShown, isLabelled }) => isShown && isLabelled);
      const lift = estimateLift(known);
      return {
        at,
        uses: own.filter(({ isShown }) => isShown).length,
        ...(labelled.length === 0
          ? {}
          : { meanReward: labelled.reduce((sum, { outcome }) => sum + outcome, 0) / labelled.length }),
        ...(lift === undefined ? {} : { lift: lift.mean, liftLow: lift.low, liftHigh: lift.high }),
      };
    });
}
