import type { Policy } from '../../domain/policy.ts';
import type { IsHoldOut } from '../../feedback/hold-out.ts';
import type { Clock } from '../../ports/clock.ts';
import type { PolicyStore } from '../../ports/policy-store.ts';
import { isWatched } from './choose-policy.ts';
import {
  baselineOfSessions,
  type HeardArms,
  type LiveFinding,
  type LiveTrial,
  liveFinding,
} from './live-evidence.ts';
import { outcomesIn } from './outcome-pages.ts';
import { isLeftToPerson, keepWith, personDecides } from './person-decides.ts';
import type { PolicyArms } from './policy-arms.ts';
import type { PolicyDesk } from './policy-desk.ts';
import { controlOf, type PolicyLine } from './policy-lines.ts';

export interface LiveGateDeps {
  readonly store: Pick<PolicyStore, 'inState' | 'outcomes' | 'setEvidence' | 'move'>;
  readonly desk: Pick<PolicyDesk, 'lineOf' | 'servingIn' | 'policyOf' | 'versionOf' | 'advance' | 'tellHarm'>;
  readonly arms: PolicyArms;
  readonly isHoldOut: IsHoldOut;
  readonly clock: Pick<Clock, 'now'>;
  /** A canary can be promoted after so many days and rated sessions without harm. */
  readonly canaryDays: number;
  readonly leastCanarySessions: number;
}

/** Watches policies that answer people. */
export interface LiveGate {
  /** Looks at each canary and each policy that serves, and acts. Calls no model. Rejects as the store does. */
  look(signal: AbortSignal): Promise<void>;
}

const DAY_MS = 86_400_000;
/** Long after its promotion a policy is judged by its last sessions. */
const recentMs = 14 * DAY_MS;
/** So much of what was before is its record. */
const recordMs = 30 * DAY_MS;
/** A canary is promoted without a person's word only where so many conversations were heard in its arm, … */
const leastHeard = 5;
/** … of so many people, … */
const leastAskers = 3;
/** … and people fared no worse in them than elsewhere by more than this: rewards are −1 to 1. */
const meanMargin = 0.1;
/** Without a decision by then a policy is discarded, unless it is left to a person. */
export const patienceMs = 30 * DAY_MS;

export const canaryWords = 'its answers were better, and it passed the probes';
export const harmWords = 'people were less happy with its answers';
export const overtakenWords = 'what served when it was made no longer does';
export const inconclusiveWords = 'inconclusive after 30 days';
const fewHeardWords = `no harm was seen, but fewer than ${leastHeard} conversations or ${leastAskers} people were heard with it or without it`;
const pinnedWords = 'no harm was seen, but what serves is pinned';

/**
 * A canary only has to do no harm: its answers were found better before. Where too few people are heard to tell, or what serves
 * is pinned, it stays and a person decides, however long that takes. What serves is watched in the same way against the
 * control share of its predecessor for 30 days, and then against the record from before it.
 */
export function createLiveGate(deps: LiveGateDeps): LiveGate {
  const { store, desk, arms, clock, isHoldOut } = deps;
  /** Pinned ones whose harm was told since the start. */
  const told = new Set<string>();

  /** Absent: the configured model, under whatever name. */
  const isStampOf = (policy: Policy | undefined, stamp: string): boolean =>
    policy === undefined ? desk.versionOf(stamp) === 0 : stamp === policy.policyId;

  function trialOf(
    policy: Policy,
    other: Policy | undefined,
    propensity: number,
    isOwn: LiveArm,
    now: number,
  ): LiveTrial {
    return {
      armOf: (key) => (isHoldOut(key) ? undefined : isOwn(policy.policyId, key) ? 'own' : 'other'),
      isOf: (arm, stamp) => isStampOf(arm === 'own' ? policy : other, stamp),
      propensity,
      now,
    };
  }

  /** What people said of it by now; nothing else of its evidence is touched. */
  async function record(policy: Policy, { live }: LiveFinding): Promise<void> {
    if (isSameLive(policy.evidence.live, live)) return;
    await store.setEvidence(policy.policyId, { ...policy.evidence, live });
  }

  async function lookAtCanary(policy: Policy, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const { parentId, scope, since } = policy;
    if (desk.servingIn(scope)?.policyId !== parentId) {
      await desk.advance(policy, 'discarded', overtakenWords);
      return;
    }
    const outcomes = await outcomesIn(store, scope, { since }, signal);
    if (signal.aborted) return;
    const parent = parentId === undefined ? undefined : desk.policyOf(parentId);
    const finding = liveFinding(outcomes, trialOf(policy, parent, arms.share, arms.isCanary, now));
    await record(policy, finding);
    if (finding.isHarm) {
      await desk.advance(policy, 'discarded', harmWords);
      return;
    }
    await decideOn(policy, finding, now - since);
  }

  async function decideOn(policy: Policy, { live, heard }: LiveFinding, triedMs: number): Promise<void> {
    const isTried = triedMs >= deps.canaryDays * DAY_MS && live.sessions >= deps.leastCanarySessions;
    const isLate = triedMs >= patienceMs;
    if (!isTried && !isLate) return;
    if (isTooFew(heard)) {
      if (isLate) await desk.advance(policy, 'discarded', inconclusiveWords);
      else await keepWith(store, policy, personDecides(fewHeardWords, policy));
    } else if (isTried && isNoWorse(heard)) {
      if (desk.servingIn(policy.scope)?.isPinned === true)
        await keepWith(store, policy, personDecides(pinnedWords, policy));
      else await desk.advance(policy, 'serving', 'its answers were better, and did no harm');
    } else if (isLate) {
      await desk.advance(policy, 'discarded', inconclusiveWords);
    } else if (isLeftToPerson(policy)) {
      await keepWith(store, policy, canaryWords);
    }
  }

  async function findingOnServing(
    policy: Policy,
    line: PolicyLine,
    signal: AbortSignal,
  ): Promise<LiveFinding> {
    const now = clock.now();
    const { scope, since } = policy;
    if (isWatched(line, now)) {
      const outcomes = await outcomesIn(store, scope, { since }, signal);
      const other = controlOf(line) ?? otherThan(policy);
      const isServed: LiveArm = (id, key) => !arms.isControl(id, key);
      return liveFinding(outcomes, trialOf(policy, other, 1 - arms.share, isServed, now));
    }
    // Two spans, each with room of its own: a long record must not push what people say now out of sight.
    const before = await outcomesIn(store, scope, { since: since - recordMs, before: since }, signal);
    const recent = await outcomesIn(store, scope, { since: Math.max(since, now - recentMs) }, signal);
    const baseline = baselineOfSessions(
      before.filter(
        // What answered by a name that nobody here gave it was never in the policy's place.
        ({ conversationKey, policy: stamp }) =>
          !isHoldOut(conversationKey) && desk.versionOf(stamp) !== undefined,
      ),
    );
    return liveFinding(recent, {
      ...trialOf(policy, undefined, 1, () => true, now),
      ...(baseline === undefined ? {} : { before: baseline }),
    });
  }

  /** A space's control share without a predecessor of its own is answered by what serves everywhere. */
  function otherThan(policy: Policy): Policy | undefined {
    return policy.scope.kind === 'everywhere' ? undefined : desk.servingIn({ kind: 'everywhere' });
  }

  async function lookAtServing(policy: Policy, signal: AbortSignal): Promise<void> {
    const line = desk.lineOf(policy.scope);
    if (line?.serving?.policyId !== policy.policyId) return;
    const finding = await findingOnServing(policy, line, signal);
    if (signal.aborted) return;
    await record(policy, finding);
    if (!finding.isHarm) return;
    if (!policy.isPinned) await desk.advance(policy, 'rolled_back', harmWords);
    else if (!told.has(policy.policyId)) {
      told.add(policy.policyId);
      desk.tellHarm(policy);
    }
  }

  return {
    async look(signal) {
      for (const policy of await store.inState(['canary', 'serving'])) {
        if (signal.aborted) return;
        if (policy.state === 'canary') await lookAtCanary(policy, signal);
        else await lookAtServing(policy, signal);
      }
    },
  };
}

type LiveArm = PolicyArms['isCanary'];

/** Whether so few were heard that only a person can say what it means. */
export function isTooFew({ conversations, askers, othersMean }: HeardArms): boolean {
  return conversations < leastHeard || askers < leastAskers || othersMean === undefined;
}

/** Whether people are hardly less happy with it than with the other arm. */
export function isNoWorse({ mean = -1, othersMean = 1 }: HeardArms): boolean {
  return mean >= othersMean - meanMargin;
}

function isSameLive(a: Policy['evidence']['live'], b: LiveFinding['live']): boolean {
  return (
    a !== undefined &&
    a.sessions === b.sessions &&
    a.others === b.others &&
    a.mean === b.mean &&
    a.othersMean === b.othersMean &&
    a.harm === b.harm
  );
}
