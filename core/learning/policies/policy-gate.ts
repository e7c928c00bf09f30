import type { AppError } from '../../domain/app-error.ts';
import type { Policy, PolicyId } from '../../domain/policy.ts';
import { type CallPause, createCallPause } from '../../feedback/call-pause.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { createGateCalls, type GateCallsDeps, type GateStop } from './gate-calls.ts';
import { inconclusiveWords, overtakenWords, patienceMs } from './live-gate.ts';
import type { PolicyDesk } from './policy-desk.ts';
import { createProbeGate } from './probe-gate.ts';
import { createReplayGate, type ReplayGateDeps } from './replay-gate.ts';

export interface PolicyGateDeps extends GateCallsDeps, Omit<ReplayGateDeps, 'store' | 'judge' | 'calls'> {
  readonly store: Pick<
    PolicyStore,
    'inState' | 'comparisons' | 'addComparison' | 'heldOut' | 'setEvidence' | 'move'
  >;
  readonly clock: Clock;
  readonly desk: Pick<PolicyDesk, 'lineOf' | 'servingIn' | 'policyOf' | 'advance'>;
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

const onlyOneJudge = (number: number): string =>
  `only one judge is set, and it taught this policy: a person decides, by policy promote ${number}`;

const nothingHeldOut = (number: number): string =>
  `no conversation here is kept out of learning, to compare its answers in: a person decides, by policy promote ${number}`;

/** What became of one candidate in a step. `later`: others may go on in its place. */
type CandidateStep = { readonly kind: 'worked' } | { readonly kind: 'later' } | GateStop;

/**
 * A candidate must win against what it would replace, in answers to conversations that are kept out of learning, and must pass
 * the probes; then it is a canary. Candidates are tried one after the other, the oldest first; one that waits for more such
 * answers, or for the canary before it, does not keep the next one waiting.
 */
export function createPolicyGate(deps: PolicyGateDeps): PolicyGate {
  const { store, desk, clock, gateJudge } = deps;
  const calls = createGateCalls(deps);
  const probes = createProbeGate({ store, calls, ...(gateJudge === undefined ? {} : { judge: gateJudge }) });
  const replay = gateJudge === undefined ? undefined : createReplayGate({ ...deps, calls, judge: gateJudge });

  /** A candidate that could not be tried is left alone for a minute and then ever longer; the others are not. */
  const pauses = new Map<PolicyId, CallPause>();

  async function discard(candidate: Policy, reason: string): Promise<CandidateStep> {
    replay?.forget(candidate.policyId);
    await desk.advance(candidate, 'discarded', reason);
    return { kind: 'worked' };
  }

  /** One canary at a time in a scope. */
  async function letAnswer(candidate: Policy): Promise<CandidateStep> {
    if (desk.lineOf(candidate.scope)?.canary !== undefined) return { kind: 'later' };
    const isMoved = await desk.advance(
      candidate,
      'canary',
      'its answers were better, and it passed the probes',
    );
    if (isMoved) replay?.forget(candidate.policyId);
    return isMoved ? { kind: 'worked' } : { kind: 'later' };
  }

  /** A space of one conversation has none that is kept out of learning, and never will. */
  async function isWithoutHeldOut({ policyId, scope }: Policy): Promise<boolean> {
    if ((await store.comparisons(policyId)).length > 0) return false;
    return (await store.heldOut(scope, policyId, 1)).length === 0;
  }

  /** Says why it waits for a person; nothing where it waits for answers to compare. */
  async function keep({ policyId, reason, since }: Policy, whyPerson?: string): Promise<void> {
    if (reason === whyPerson) return;
    const told = whyPerson === undefined ? {} : { reason: whyPerson };
    await store.move(policyId, ['candidate'], { state: 'candidate', ...told, at: since });
  }

  async function leaveToPerson(candidate: Policy, reason: string): Promise<CandidateStep> {
    await keep(candidate, reason);
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
    if (replay === undefined) return probeStep(candidate, parent, signal, onlyOneJudge(candidate.number));
    // What only a person can decide waits for one.
    if (clock.now() - since >= patienceMs && !(await isWithoutHeldOut(candidate))) {
      return discard(candidate, inconclusiveWords);
    }
    const compared = await replay.step(candidate, parent, signal);
    switch (compared.kind) {
      case 'better':
        return probeStep(candidate, parent, signal);
      case 'worse':
        return discard(candidate, 'its answers were worse');
      case 'compared':
        await keep(candidate);
        return { kind: 'worked' };
      case 'waiting':
        if (await isWithoutHeldOut(candidate)) {
          return probeStep(candidate, parent, signal, nothingHeldOut(candidate.number));
        }
        await keep(candidate);
        return { kind: 'later' };
      default:
        return compared;
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
      keepOnly(pauses, candidates);
      let failure: AppError | undefined;
      for (const candidate of candidates) {
        if (signal.aborted) return { kind: 'stopped' };
        const pause = pauseOf(candidate);
        if (pause.remainingMs() > 0) continue;
        const ended = await stepOf(candidate, signal);
        if (ended.kind === 'unavailable') {
          pause.failed(ended.error);
          failure ??= ended.error;
        } else {
          if (ended.kind === 'worked') pause.answered();
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

/** What is no candidate any more waits for nothing. */
function keepOnly(pauses: Map<PolicyId, CallPause>, candidates: readonly Policy[]): void {
  for (const policyId of pauses.keys()) {
    if (!candidates.some((candidate) => candidate.policyId === policyId)) pauses.delete(policyId);
  }
}
