import type { SessionId, TurnId } from '../../domain/ids.ts';
import type { EvolveTrigger } from '../../domain/proposal.ts';
import { type SkillScope, skillScopeKey } from '../../domain/skill.ts';
import type { EvolverRun } from '../../ports/proposal-store.ts';
import { type ClusterOptions, clusterFailures, type FailureCluster } from './cluster-failures.ts';
import { isSameTopic } from './topic.ts';

/** Failures that a run would be on, and why. */
export interface WorkItem {
  readonly cluster: FailureCluster;
  readonly trigger: EvolveTrigger;
  /** A turn that the evolver must see. */
  readonly focus?: TurnId;
}

export interface WorkOptions extends ClusterOptions {
  /** So many failures on one topic are enough. */
  readonly threshold: number;
}

/** So many of one person's are enough once the session is over. */
const enoughAfterSession = 2;

const byUrgency: readonly EvolveTrigger[] = ['command', 'correction', 'threshold', 'session_end'];

/**
 * What there is to do: topics with enough failures, a person's own corrections, and what one person met several times by the
 * end of a session. What several people met together and is not enough for all of them may be enough for one. The most urgent first.
 */
export function findWork(
  clusters: readonly FailureCluster[],
  options: WorkOptions,
  hasEnded: (session: SessionId) => boolean,
): readonly WorkItem[] {
  return clusters
    .flatMap((cluster): readonly WorkItem[] => {
      const item = itemOf(cluster, options, hasEnded);
      if (item !== undefined) return [item];
      if (cluster.scope.kind === 'user') return [];
      const alone = clusterFailures(cluster.failures, { ...options, people: Number.POSITIVE_INFINITY });
      return alone.flatMap((own) => itemOf(own, options, hasEnded) ?? []);
    })
    .toSorted((a, b) => byUrgency.indexOf(a.trigger) - byUrgency.indexOf(b.trigger));
}

function itemOf(
  cluster: FailureCluster,
  { threshold }: WorkOptions,
  hasEnded: (session: SessionId) => boolean,
): WorkItem | undefined {
  const { failures, scope } = cluster;
  const corrected = failures.findLast(({ isCorrected }) => isCorrected);
  if (scope.kind === 'user' && corrected !== undefined) {
    return { cluster, trigger: 'correction', focus: corrected.turn.turnId };
  }
  if (failures.length >= threshold) return { cluster, trigger: 'threshold' };
  const last = failures.at(-1);
  const isOver = last !== undefined && hasEnded(last.turn.sessionId);
  return scope.kind === 'user' && isOver && failures.length >= enoughAfterSession
    ? { cluster, trigger: 'session_end' }
    : undefined;
}

/** The last run on these failures' topic in their scope. `runs`: the newest first. */
export function lastRunOn(
  { scope, topic }: { readonly scope: SkillScope; readonly topic: string },
  runs: readonly EvolverRun[],
): EvolverRun | undefined {
  return runs.find(
    (run) => skillScopeKey(run.scope) === skillScopeKey(scope) && isSameTopic(run.topic, topic),
  );
}

/** Whether a failure has joined a cluster since a run on it. */
export function hasGrown({ failures }: FailureCluster, { at, failures: before }: EvolverRun): boolean {
  return failures.length > before || failures.some(({ turn }) => turn.startedAt > at);
}
