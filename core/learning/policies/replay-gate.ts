import type { TurnId } from '../../domain/ids.ts';
import type { Policy, PolicyId, PolicyReplay } from '../../domain/policy.ts';
import type { Turn } from '../../domain/turn.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { type Comparison, comparePair } from '../../skills/replay/pairwise-judge.ts';
import type { AnswerAgain } from '../answer-again.ts';
import { answeredBy, type GateCalls, type GateStop } from './gate-calls.ts';
import { createHeldOutTurns, type HeldOutTurnsDeps, heardAfter } from './held-out-turns.ts';
import {
  decidePaired,
  evidenceOf,
  type PairedDecision,
  type PairedProcess,
  stepPaired,
} from './paired-process.ts';

export interface ReplayGateDeps {
  readonly store: Pick<PolicyStore, 'comparisons' | 'addComparison' | 'heldOut' | 'setEvidence'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly answerAgain: AnswerAgain;
  /** As `HeldOutTurnsDeps.foreignPlatforms`. */
  readonly foreignPlatforms: HeldOutTurnsDeps['foreignPlatforms'];
  /** Another than the judge of rewards: who taught a policy cannot say that it has learned. */
  readonly judge: ModelPort;
  /** Whether a judge may be shown its words. */
  readonly mayJudge: (turn: Turn) => boolean;
  readonly calls: GateCalls;
}

/**
 * `waiting`: no turn is left that could be compared; others will come. `one_sided`: clear, and no turn of another conversation
 * is left, though fewer were heard than a decision takes.
 */
export type ReplayStep =
  | { readonly kind: 'better' | 'worse' | 'compared' | 'waiting' }
  | { readonly kind: 'one_sided'; readonly leaning: Exclude<PairedDecision, 'undecided'> }
  | GateStop;

/**
 * Compares a candidate with its parent in answers to conversations that are kept out of learning, in turn, so that no
 * conversation and nobody in it decides alone. Who gives no answer to what the other answers has lost; where neither does, the
 * turn is left out.
 */
export interface ReplayGate {
  /** Compares at most one turn, or says what is decided. Rejects as the stores do. */
  step(candidate: Policy, parent: Policy | undefined, signal: AbortSignal): Promise<ReplayStep>;
  /** Nothing more is asked about it. */
  forget(policyId: PolicyId): void;
}

type Compared = { readonly kind: 'left_out'; readonly reason: string } | GateStop | Judged;
type Judged = Extract<Comparison, { kind: 'judged' }>;

/** A decision rests on so many conversations. */
export const leastConversations = 3;
/** Turns that cannot be compared are passed over, so many in one step. */
const looksAStep = 20;

export function createReplayGate(deps: ReplayGateDeps): ReplayGate {
  const { store, calls } = deps;
  const held = createHeldOutTurns({ ...deps, conversations: leastConversations });
  /** Turns that cannot be compared, with the reason; found out again after a restart, for they are in nobody's way. */
  const leftOut = new Map<PolicyId, Map<TurnId, string>>();

  function leftOutOf(policyId: PolicyId): Map<TurnId, string> {
    const known = leftOut.get(policyId) ?? new Map<TurnId, string>();
    leftOut.set(policyId, known);
    return known;
  }

  async function compare(
    turn: Turn,
    candidate: Policy,
    parent: Policy | undefined,
    signal: AbortSignal,
  ): Promise<Compared> {
    const texts: (string | undefined)[] = [];
    const { personaDigest } = calls.deps;
    for (const by of [answeredBy(candidate, personaDigest), answeredBy(parent, personaDigest)]) {
      const answered = await calls.answer((cut) => deps.answerAgain(turn, by, cut), signal);
      if (answered.kind !== 'answer' && answered.kind !== 'refused') return answered;
      texts.push(answered.kind === 'answer' ? answered.text : undefined);
    }
    const [own, others] = texts;
    if (own === undefined && others === undefined) return { kind: 'left_out', reason: 'refused_by_model' };
    if (own === undefined) return { kind: 'judged', outcome: 'loss' };
    if (others === undefined) return { kind: 'judged', outcome: 'win' };
    if (own === others) return { kind: 'judged', outcome: 'tie' };
    // The same again after a restart.
    const order = calls.deps.ids.digest(`order ${candidate.policyId} ${turn.turnId}`);
    const compared = await comparePair(
      { request: turn.requestText, hints: [] },
      own,
      others,
      Number.parseInt(order.slice(0, 1), 16) < 8,
      { ...calls.deps, model: deps.judge, mark: calls.mark },
      signal,
    );
    return compared.kind === 'unreadable' ? { kind: 'left_out', reason: 'judge_unreadable' } : compared;
  }

  async function compareById(
    turnId: TurnId,
    candidate: Policy,
    parent: Policy | undefined,
    signal: AbortSignal,
  ): Promise<Compared> {
    const turn = await deps.turns.get(turnId);
    if (turn === undefined) return { kind: 'left_out', reason: 'gone' };
    if (!deps.mayJudge(turn)) return { kind: 'left_out', reason: 'not_allowed' };
    return compare(turn, candidate, parent, signal);
  }

  async function record({ policyId, evidence }: Policy, process: PairedProcess): Promise<void> {
    const replay = replayOf(process, [...leftOutOf(policyId).values()]);
    await store.setEvidence(policyId, { ...evidence, replay });
  }

  return {
    async step(candidate, parent, signal) {
      const { policyId } = candidate;
      const comparisons = await store.comparisons(policyId);
      const outcomes = comparisons.map(({ outcome }) => outcome);
      const compared = await held.placesOf(
        policyId,
        comparisons.map(({ turnId }) => turnId),
      );
      const least = heardAfter(leastConversations, compared);
      const { decision, process } = decidePaired(outcomes, least);
      // A crash may have come between a comparison and the writing of what it comes to.
      if (comparisons.length > 0 && !isRecorded(candidate, process)) {
        await record(candidate, process);
        return { kind: 'compared' };
      }
      if (decision !== 'undecided') return { kind: decision };
      const leaning = Number.isFinite(least) ? 'undecided' : decidePaired(outcomes).decision;
      const isElsewhere = leaning !== 'undecided';
      for (let looks = 0; looks < looksAStep; looks += 1) {
        const turnId = await held.next(candidate, { compared, passed: leftOutOf(policyId), isElsewhere });
        if (turnId === undefined) return isElsewhere ? { kind: 'one_sided', leaning } : { kind: 'waiting' };
        const ended = await compareById(turnId, candidate, parent, signal);
        if (ended.kind === 'judged') {
          const { outcome } = ended;
          await store.addComparison(policyId, { turnId, outcome, at: calls.deps.clock.now() });
          await record(candidate, stepPaired(process, outcome));
          return { kind: 'compared' };
        }
        if (ended.kind !== 'left_out') return ended;
        leftOutOf(policyId).set(turnId, ended.reason);
        await record(candidate, process);
      }
      return { kind: 'compared' };
    },
    forget(policyId) {
      leftOut.delete(policyId);
      held.forget(policyId);
    },
  };
}

function isRecorded({ evidence: { replay } }: Policy, { wins, ties, losses }: PairedProcess): boolean {
  return replay?.wins === wins && replay.ties === ties && replay.losses === losses;
}

function replayOf(
  { wins, ties, losses, logBetter, logWorse }: PairedProcess,
  reasons: readonly string[],
): PolicyReplay {
  const counts: Record<string, number> = {};
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return { wins, ties, losses, better: evidenceOf(logBetter), worse: evidenceOf(logWorse), leftOut: counts };
}
