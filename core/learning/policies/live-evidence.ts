import type { ConversationKey } from '../../domain/conversation.ts';
import type { PersonId } from '../../domain/ids.ts';
import type { PolicyEvidence } from '../../domain/policy.ts';
import { armKeyOf } from '../../domain/talk-arm.ts';
import type { PolicyOutcome } from '../../ports/policy-store.ts';
import type { SessionBaseline } from '../../ports/trial-store.ts';
import { processOf } from '../../skills/proof/e-process.ts';
import { harmAlarm } from '../../skills/proof/harm-alarm.ts';
import { decidingEvidence, evidenceOf } from './paired-process.ts';

/** Who is compared with whom. */
export interface LiveTrial {
  /** Which arm a conversation is in; `undefined`: in none. */
  readonly armOf: (key: ConversationKey) => 'own' | 'other' | undefined;
  /** Whether a turn's stamp is of what answers this arm: what stood in for it is left out. */
  readonly isOf: (arm: 'own' | 'other', stamp: string) => boolean;
  /** With which probability a conversation is in the policy's own arm; 1: there is no other arm. */
  readonly propensity: number;
  /** Epoch milliseconds. */
  readonly now: number;
  /** How people fared before; what a policy without another arm is measured against. */
  readonly before?: SessionBaseline;
}

export interface LiveFinding {
  readonly live: NonNullable<PolicyEvidence['live']>;
  readonly isHarm: boolean;
  readonly heard: HeardArms;
}

/** Conversations that were heard. */
export interface HeardArms {
  /** Of the policy's own arm, and how many people asked in them. */
  readonly conversations: number;
  readonly askers: number;
  /** How people fared on average, each conversation counted once, whoever talks most. Absent while none was heard. */
  readonly mean?: number;
  readonly othersMean?: number;
}

/**
 * So sure the alarm must be, surer than for a skill: a policy has won against its predecessor already, and sessions of one
 * conversation agree more than the alarm believes.
 */
const alarmProbability = 0.97;
const HOUR_MS = 3_600_000;
/** A conversation speaks by its first day, … */
const spokenMs = 24 * HOUR_MS;
/** … and is heard when its last words had the time to be said. */
const heardMs = 30 * HOUR_MS;

interface Rated extends PolicyOutcome {
  readonly arm: 'own' | 'other';
}

/**
 * What people said under a policy and under the other arm. Two things tell harm, either is enough.
 *
 * The e-value counts each conversation, and talks that were drawn together, once, by its first day: arms stick to conversations,
 * so its sessions are no independent witnesses. In the order in which conversations were first rated it is a test that may be looked at at any time: if who
 * answers changes nothing, not what people say nor whether they say it, harm reaches 20 with a probability of 1/20 at most.
 * What is assumed beside this: that a stand-in for a policy that could not answer comes as it may, and that words that
 * come after a conversation was heard change little.
 *
 * The alarm counts sessions, and is quicker and less strict; it needs five bad ratings in conversations of two people, so that
 * nobody stops a policy alone. The one who asked stands for who rated.
 */
export function liveFinding(outcomes: readonly PolicyOutcome[], trial: LiveTrial): LiveFinding {
  const rated = outcomes.flatMap((outcome): readonly Rated[] => {
    const arm = trial.armOf(outcome.conversationKey);
    return arm !== undefined && trial.isOf(arm, outcome.policy) ? [{ ...outcome, arm }] : [];
  });
  const sessions = [...Map.groupBy(rated, ({ sessionId, arm }) => `${arm} ${sessionId}`).values()];
  const own = sessions.filter(([first]) => first?.arm === 'own');
  const others = sessions.filter(([first]) => first?.arm === 'other');
  const heard = heardConversations(rated, trial);
  const { logHarm } = processOf(heard);
  const alarm = harmAlarm(
    sessions.map((turns) => ({
      isShown: turns[0]?.arm === 'own',
      propensity: trial.propensity,
      outcome: meanOf(turns),
      negatives: negativesOf(turns),
    })),
    trial.before,
  );
  const harm = evidenceOf(logHarm);
  return {
    live: {
      sessions: own.length,
      others: others.length,
      ...(own.length === 0 ? {} : { mean: mean(own.map(meanOf)) }),
      ...(others.length === 0 ? {} : { othersMean: mean(others.map(meanOf)) }),
      harm,
    },
    isHarm: harm >= decidingEvidence || (alarm.isAlarm && (alarm.pHarm ?? 0) > alarmProbability),
    heard: heardArms(heard),
  };
}

interface HeardConversation {
  /** When it was first rated. */
  readonly at: number;
  readonly key: string;
  readonly isShown: boolean;
  readonly propensity: number;
  /** Of its first day. */
  readonly outcome: number;
  /** All that was rated in it. */
  readonly turns: readonly Rated[];
}

function heardArms(heard: readonly HeardConversation[]): HeardArms {
  const own = heard.filter(({ isShown }) => isShown);
  const others = heard.filter(({ isShown }) => !isShown);
  const meanIn = (arm: readonly HeardConversation[]): number => mean(arm.map(({ turns }) => meanOf(turns)));
  return {
    conversations: own.length,
    askers: new Set(own.flatMap(({ turns }) => turns.map(({ askerId }) => askerId))).size,
    ...(own.length === 0 ? {} : { mean: meanIn(own) }),
    ...(others.length === 0 ? {} : { othersMean: meanIn(others) }),
  };
}

function heardConversations(
  rated: readonly Rated[],
  { propensity, now }: LiveTrial,
): readonly HeardConversation[] {
  // Talks that were drawn together are one witness.
  const conversations = [...Map.groupBy(rated, ({ conversationKey }) => armKeyOf(conversationKey))];
  return conversations
    .flatMap(([key, turns]) => {
      const at = Math.min(...turns.map((turn) => turn.at));
      if (now - at < heardMs) return [];
      const firstDay = turns.filter((turn) => turn.at < at + spokenMs);
      const isShown = turns[0]?.arm === 'own';
      return [{ at, key, isShown, propensity, outcome: meanOf(firstDay), turns }];
    })
    .toSorted((a, b) => a.at - b.at || (a.key < b.key ? -1 : 1));
}

/** Sessions before a policy as what it is measured against; absent while there is none. */
export function baselineOfSessions(outcomes: readonly PolicyOutcome[]): SessionBaseline | undefined {
  const means = [...Map.groupBy(outcomes, ({ sessionId }) => sessionId).values()].map(meanOf);
  if (means.length === 0) return undefined;
  const middle = mean(means);
  return {
    mean: middle,
    variance: mean(means.map((value) => (value - middle) ** 2)),
    sessions: means.length,
  };
}

/** Over those who asked, each by the mean of their own: who asks most does not decide. */
function meanOf(turns: readonly PolicyOutcome[]): number {
  const people = Map.groupBy(turns, ({ askerId }) => askerId);
  const means = [...people.values()].map((own) => mean(own.map(({ value }) => value)));
  return Math.max(-1, Math.min(1, mean(means)));
}

function negativesOf(turns: readonly PolicyOutcome[]): readonly { personId: PersonId; votes: number }[] {
  const bad = Map.groupBy(
    turns.filter(({ value }) => value < 0),
    ({ askerId }) => askerId,
  );
  return [...bad].map(([personId, votes]) => ({ personId, votes: votes.length }));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
