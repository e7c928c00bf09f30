import type { Policy } from '../../domain/policy.ts';
import type { ModelPort } from '../../ports/model.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { tryProbe } from './ask-probe.ts';
import { type AnsweredBy, answeredBy, type GateCalls, type GateStop } from './gate-calls.ts';
import { type Probe, probeSet } from './probe-set.ts';

export interface ProbeGateDeps {
  readonly store: Pick<PolicyStore, 'setEvidence'>;
  /** Absent: only what its text alone tells is asked. */
  readonly judge?: ModelPort;
  readonly calls: GateCalls;
  /** @default `probeSet` */
  readonly probes?: readonly Probe[];
}

export type ProbeStep =
  /** `failed`: what speaks against it, by name; drift does not. */
  { readonly kind: 'done'; readonly failed: readonly string[] } | { readonly kind: 'probed' } | GateStop;

/** Asks candidates what no policy may get wrong that its parent gets right. */
export interface ProbeGate {
  /** At most one probe, from where the evidence says. Rejects as the store does. */
  step(candidate: Policy, parent: Policy | undefined, signal: AbortSignal): Promise<ProbeStep>;
}

const tries = 2;

/** Answers are drawn by chance: a candidate fails what it gets wrong twice and its parent right twice. */
export function createProbeGate(deps: ProbeGateDeps): ProbeGate {
  const { judge, calls } = deps;
  const { personaDigest } = calls.deps;
  const all = deps.probes ?? probeSet;
  const probes = judge === undefined ? all.filter(({ check }) => check.kind === 'rule') : all;

  /** Whether each of two tries comes out like this; the second is not made where the first does not. */
  async function areAll(
    isPassed: boolean,
    probe: Probe,
    by: AnsweredBy,
    signal: AbortSignal,
  ): Promise<boolean | GateStop> {
    for (let count = 0; count < tries; count += 1) {
      const tried = await tryProbe(probe, by, judge, calls, signal);
      if (tried.kind !== 'tried') return tried;
      if (tried.isPassed !== isPassed) return false;
    }
    return true;
  }

  async function isFailed(
    probe: Probe,
    candidate: Policy,
    parent: Policy | undefined,
    signal: AbortSignal,
  ): Promise<boolean | GateStop> {
    const isWrong = await areAll(false, probe, answeredBy(candidate, personaDigest), signal);
    return isWrong === true ? areAll(true, probe, answeredBy(parent, personaDigest), signal) : isWrong;
  }

  const speaksAgainst = (name: string): boolean =>
    all.some((probe) => probe.name === name && probe.kind !== 'drift');

  return {
    async step(candidate, parent, signal) {
      const { passed, failed } = candidate.evidence.probes ?? { passed: 0, failed: [] };
      const against = failed.filter(speaksAgainst);
      const probe = probes[passed + failed.length];
      if (probe === undefined || against.length > 0) return { kind: 'done', failed: against };
      const ended = await isFailed(probe, candidate, parent, signal);
      if (typeof ended !== 'boolean') return ended;
      const counted = ended ? { passed, failed: [...failed, probe.name] } : { passed: passed + 1, failed };
      await deps.store.setEvidence(candidate.policyId, { ...candidate.evidence, probes: counted });
      return { kind: 'probed' };
    },
  };
}
