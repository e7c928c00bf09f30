import type { TurnId } from '../../domain/ids.ts';
import type { Policy, PolicyId, PolicyReplay } from '../../domain/policy.ts';
import type { Turn } from '../../domain/turn.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import type { TurnStore } from '../../ports/turn-store.ts';
import { type Comparison, comparePair } from '../../skills/replay/pairwise-judge.ts';
import type { AnswerAgain } from '../answer-again.ts';
import { answeredBy, type GateCalls, type GateStop } from './gate-calls.ts';
import { decidePaired, evidenceOf, type PairedProcess, stepPaired } from './paired-process.ts';

export interface ReplayGateDeps {
  readonly store: Pick<PolicyStore, 'comparisons' | 'addComparison' | 'heldOut' | 'setEvidence'>;
  readonly turns: Pick<TurnStore, 'get'>;
  readonly answerAgain: AnswerAgain;
  /** Another than the judge of rewards: who taught a policy cannot say that it has learned. */
  readonly judge: ModelPort;
  /** Whether a judge may be shown its words. */
  readonly mayJudge: (turn: Turn) => boolean;
  readonly calls: GateCalls;
}

/** `waiting`: no turn is left that could be compared; others will come. */
export type ReplayStep = { readonly kind: 'better' | 'worse' | 'compared' | 'waiting' } | GateStop;

/** Compares a candidate with its parent in answers to conversations that are kept out of learning. */
export interface ReplayGate {
  /** Compares at most one turn, or says what is decided. Rejects as the stores do. */
  step(candidate: Policy, parent: Policy | undefined, signal: AbortSignal): Promise<ReplayStep>;
  /** Nothing more is asked about it. */
  forget(policyId: PolicyId): void;
}

type Compared = { readonly kind: 'left_out'; readonly reason: string } | GateStop | Judged;
type Judged = Extract<Comparison, { kind: 'judged' }>;

/** Turns that cannot be compared are passed over, so many in one step. */
const looksAStep = 20;

export function createReplayGate(deps: ReplayGateDeps): ReplayGate {
  const { store, calls } = deps;
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
    const texts: string[] = [];
    for (const by of [answeredBy(candidate), answeredBy(parent)]) {
      const answered = await calls.answer((cut) => deps.answerAgain(turn, by, cut), signal);
      if (answered.kind !== 'answer') return answered;
      texts.push(answered.text);
    }
    const [own = '', others = ''] = texts;
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

  /** Evidence of the replay stands alone: probes and people come after it. */
  async function record({ policyId }: Policy, process: PairedProcess): Promise<void> {
    await store.setEvidence(policyId, { replay: replayOf(process, [...leftOutOf(policyId).values()]) });
  }

  async function nextTurn({ policyId, scope }: Policy): Promise<TurnId | undefined> {
    const passed = leftOutOf(policyId);
    const turns = await store.heldOut(scope, policyId, passed.size + 1);
    return turns.find((turnId) => !passed.has(turnId));
  }

  return {
    async step(candidate, parent, signal) {
      const { policyId } = candidate;
      const outcomes = (await store.comparisons(policyId)).map(({ outcome }) => outcome);
      const { decision, process } = decidePaired(outcomes);
      if (decision !== 'undecided') {
        // A crash may have come between the comparison that decided and the writing of what it comes to.
        if (!isRecorded(candidate, process)) {
          await record(candidate, process);
          return { kind: 'compared' };
        }
        return { kind: decision };
      }
      for (let looks = 0; looks < looksAStep; looks += 1) {
        const turnId = await nextTurn(candidate);
        if (turnId === undefined) return { kind: 'waiting' };
        const compared = await compareById(turnId, candidate, parent, signal);
        if (compared.kind === 'judged') {
          const { outcome } = compared;
          await store.addComparison(policyId, { turnId, outcome, at: calls.deps.clock.now() });
          await record(candidate, stepPaired(process, outcome));
          return { kind: 'compared' };
        }
        if (compared.kind !== 'left_out') return compared;
        leftOutOf(policyId).set(turnId, compared.reason);
        await record(candidate, process);
      }
      return { kind: 'compared' };
    },
    forget(policyId) {
      leftOut.delete(policyId);
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
