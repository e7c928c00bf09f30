import type { AppError } from '../../domain/app-error.ts';
import { type Policy, type PolicyId, policyScopeKey } from '../../domain/policy.ts';
import { type CallPause, createCallPause } from '../../feedback/call-pause.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { createGateCalls, type GateCallsDeps, type GateStop } from './gate-calls.ts';
import { canaryWords, inconclusiveWords, overtakenWords, patienceMs } from './live-gate.ts';
import { isLeftToPerson, keepWith, personDecides } from './person-decides.ts';
import type { PolicyDesk } from './policy-desk.ts';
import { createProbeGate } from './probe-gate.ts';
import { createReplayGate, leastConversations, type ReplayGateDeps } from './replay-gate.ts';

export interface PolicyGateDeps extends GateCallsDeps, Omit<ReplayGateDeps, 'store' | 'judge' | 'calls'> {
  readonly store: Pick<
    PolicyStore,
    'inState' | 'comparisons' | 'addComparison' | 'heldOut' | 'setEvidence' | 'move'
  >;
  readonly clock: Clock;
  readonly desk: Pick<PolicyDesk, 'servingIn' | 'policyOf' | 'advance'>;
  /** Another than the judge of rewards. Absent: answers are not compared, and a person decides. */
  readonly gateJudge?: ModelPort;
}

/** `worked`: there may be more to do at once. `idle`: nothing to do now. */
export type GateStep =
  | { readonly kind: 'worked' | 'idle' | 'stopped' | 'no_budget' }
  | { readonly kind: 'unavailable'; readonly error: AppError };

/** Tries candidates before any person is answered by them. */
export interface PolicyGate {
  /** One bounded piece: a turn compared, a probe asked, or a decision. All it finds is stored. Rejects as the stores do. */
  step(signal: AbortSignal): Promise<GateStep>;
  /** Why a candidate is left alone for now, as a sentence; nothing while none is. */
  problem(): string | undefined;
}

const onlyOneJudge = 'only one judge is set, and it taught this policy';
const nothingHeldOut = 'no conversation here is kept out of learning, to compare its answers in';
const oneSided = (leaning: 'better' | 'worse'): string =>
  `its answers were ${leaning}, but could be compared in fewer than ${leastConversations} conversations`;

/** What became of one candidate in a step. `later`: others may go on in its place. */
type CandidateStep = { readonly kind: 'worked' } | { readonly kind: 'later' } | GateStop;

/**
 * A candidate must win against what it would replace, in answers to conversations that are kept out of learning, and must pass
 * the probes; then it is a canary. Candidates take turns, the oldest first, so that none takes the calls of a whole day; one
 * that waits for more such answers, or for the canary before it, does not keep the next one waiting. A canary that is left to a
 * person makes room for the next one: it answers nobody then, and waits for that person.
 */
export function createPolicyGate(deps: PolicyGateDeps): PolicyGate {
  const { store, desk, clock, gateJudge } = deps;
  const calls = createGateCalls(deps);
  const probes = createProbeGate({ store, calls, ...(gateJudge === undefined ? {} : { judge: gateJudge }) });
  const replay = gateJudge === undefined ? undefined : createReplayGate({ ...deps, calls, judge: gateJudge });

  /** A candidate that could not be tried is left alone for a minute and then ever longer; the others are not. */
  const pauses = new Map<PolicyId, CallPause>();
  /** The number of the one that had its turn last. */
  let turnOf = 0;

  async function discard(candidate: Policy, reason: string): Promise<CandidateStep> {
    await desk.advance(candidate, 'discarded', reason);
    return { kind: 'worked' };
  }

  /** One canary at a time in a scope. */
  async function letAnswer(candidate: Policy): Promise<CandidateStep> {
    const place = policyScopeKey(candidate.scope);
    const before = (await store.inState(['canary'])).find(({ scope }) => policyScopeKey(scope) === place);
    if (before !== undefined) {
      // One that was a canary already takes no other's place, or the two would change places for ever.
      if (wasCanary(candidate) || !isLeftToPerson(before)) return { kind: 'later' };
      await desk.advance(before, 'candidate', before.reason);
    }
    const isMoved = await desk.advance(candidate, 'canary', canaryWords);
    return isMoved ? { kind: 'worked' } : { kind: 'later' };
  }

  /** A space of one conversation has none that is kept out of learning, and never will. */
  async function isWithoutHeldOut({ policyId, scope }: Policy): Promise<boolean> {
    if ((await store.comparisons(policyId)).length > 0) return false;
    return (await store.heldOut(scope, policyId, 1, deps.foreignPlatforms)).length === 0;
  }

  async function leaveToPerson(candidate: Policy, why: string): Promise<CandidateStep> {
    await keepWith(store, candidate, personDecides(why, candidate));
    return { kind: 'later' };
  }

  async function probeStep(
    candidate: Policy,
    parent: Policy | undefined,
    signal: AbortSignal,
    whyPerson?: string,
  ): Promise<CandidateStep> {
    const probed = await probes.step(candidate, parent, signal);
    if (probed.kind === 'probed') return { kind: 'worked' };
    if (probed.kind !== 'done') return probed;
    if (probed.failed.length > 0) {
      return discard(candidate, `it fails what its parent passes: ${probed.failed.join(', ')}`);
    }
    return whyPerson === undefined ? letAnswer(candidate) : leaveToPerson(candidate, whyPerson);
  }

  async function stepOf(candidate: Policy, signal: AbortSignal): Promise<CandidateStep> {
    const { parentId, scope, since } = candidate;
    if (desk.servingIn(scope)?.policyId !== parentId) return discard(candidate, overtakenWords);
    const parent = parentId === undefined ? undefined : desk.policyOf(parentId);
    if (replay === undefined) return probeStep(candidate, parent, signal, onlyOneJudge);
    if (wasCanary(candidate)) return letAnswer(candidate);
    // What only a person can decide waits for one.
    const isLate = clock.now() - since >= patienceMs;
    if (isLate && !isLeftToPerson(candidate) && !(await isWithoutHeldOut(candidate))) {
      return discard(candidate, inconclusiveWords);
    }
    const compared = await replay.step(candidate, parent, signal);
    switch (compared.kind) {
      case 'better':
        return probeStep(candidate, parent, signal);
      case 'one_sided':
        return compared.leaning === 'worse'
          ? leaveToPerson(candidate, oneSided('worse'))
          : probeStep(candidate, parent, signal, oneSided('better'));
      case 'worse':
        return discard(candidate, 'its answers were worse');
      case 'compared':
        if (!isLate) await keepWith(store, candidate);
        return { kind: 'worked' };
      case 'waiting':
        if (await isWithoutHeldOut(candidate)) {
          return probeStep(candidate, parent, signal, nothingHeldOut);
        }
        if (isLate) return discard(candidate, inconclusiveWords);
        await keepWith(store, candidate);
        return { kind: 'later' };
      default:
        return compared;
    }
  }

  /** What is no candidate any more waits for nothing. */
  function forgetOthers(candidates: readonly Policy[]): void {
    for (const policyId of pauses.keys()) {
      if (candidates.some((candidate) => candidate.policyId === policyId)) continue;
      pauses.delete(policyId);
      replay?.forget(policyId);
    }
  }

  function pauseOf({ policyId }: Policy): CallPause {
    const known = pauses.get(policyId) ?? createCallPause(clock);
    pauses.set(policyId, known);
    return known;
  }

  return {
    async step(signal) {
      const candidates = await store.inState(['candidate']);
      forgetOthers(candidates);
      let failure: AppError | undefined;
      for (const candidate of inTurn(candidates, turnOf)) {
        if (signal.aborted) return { kind: 'stopped' };
        const pause = pauseOf(candidate);
        if (pause.remainingMs() > 0) continue;
        const ended = await stepOf(candidate, signal);
        if (ended.kind === 'unavailable') {
          pause.failed(ended.error);
          failure ??= ended.error;
        } else {
          if (ended.kind === 'worked') {
            pause.answered();
            turnOf = candidate.number;
          }
          if (ended.kind !== 'later') return ended;
        }
      }
      return failure === undefined ? { kind: 'idle' } : { kind: 'unavailable', error: failure };
    },
    problem() {
      for (const [policyId, pause] of pauses) {
        const error = pause.why();
        if (error === undefined) continue;
        const name = desk.policyOf(policyId)?.number;
        return `${name === undefined ? 'A policy' : `Policy ${name}`} cannot be tested now: ${error.message}`;
      }
      return undefined;
    },
  };
}

/** People have answered to it: it gave up its place, and goes through no comparison again. */
function wasCanary({ evidence }: Policy): boolean {
  return evidence.live !== undefined;
}

/** Those after the one that had its turn last, then from the oldest on. */
function inTurn(candidates: readonly Policy[], turnOf: number): readonly Policy[] {
  const isNext = ({ number }: Policy): boolean => number > turnOf;
  return [...candidates.filter(isNext), ...candidates.filter((candidate) => !isNext(candidate))];
}
