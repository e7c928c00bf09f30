import type { TurnId } from '../domain/ids.ts';
import { rewardVoices } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import { type ShownSkill, skillSlotKey } from '../domain/skill.ts';
import type { EndedSession, Exposure, SkillUse } from '../ports/trial-store.ts';
import { contextKey } from './proof/contexts.ts';
import { type SignedVote, sessionOutcome } from './proof/session-outcome.ts';
import { foldWord, termsOf } from './tokenise.ts';

type SessionTurn = EndedSession['turns'][number];

interface Meeting {
  readonly skill: ShownSkill;
  readonly isShown: boolean;
  readonly turns: SessionTurn[];
}

/** The key of the context that a skill was met in: where, and about the word that led to it most. */
export function contextOf(
  { platform, audience }: Pick<SessionTurn['conversation'], 'platform' | 'audience'>,
  because: readonly string[],
): string {
  const [word] = because;
  const topic = word === undefined ? undefined : (termsOf(word)[0] ?? foldWord(word));
  return contextKey({ platform, audience, ...(topic === undefined || topic === '' ? {} : { topic }) });
}

/** What people themselves said of an answer, for or against; a judge's word, a bot's and one that is held back are none. */
export function votesOn(signals: readonly Signal[]): readonly SignedVote[] {
  return rewardVoices(signals).flatMap(({ actorId, polarity, authority }) =>
    actorId === undefined || authority !== 'explicit' ? [] : [{ actorId, sign: Math.sign(polarity) }],
  );
}

/**
 * What an ended session says of each skill that was on trial in it: one exposure a trial, with the votes on the turns that
 * the skill was retrieved for. Nothing of held-out conversations, nor of skills from before there were trials.
 */
export function sessionExposures(
  { sessionId, endedAt, turns }: EndedSession,
  votes: ReadonlyMap<TurnId, readonly SignedVote[]>,
): readonly Exposure[] {
  const meetings = new Map<string, Meeting>();
  for (const turn of turns) {
    if (turn.isHoldOut) continue;
    // One that was masked is carried nowhere: where it was carried, the arms would be counted by different turns.
    const own = turn.skills.filter(({ isCarried }) => isCarried !== true);
    for (const skill of own) meet(meetings, skill, true, turn);
    for (const skill of turn.maskedSkills) meet(meetings, skill, false, turn);
  }
  return [...meetings.values()].flatMap(({ skill, isShown, turns: met }) => {
    const { scope, trial, name, version, propensity, because } = skill;
    const [first] = met;
    if (scope === undefined || trial === undefined || first === undefined) return [];
    const said = met.flatMap(({ turnId }) => votes.get(turnId) ?? []);
    return [
      {
        scope,
        name,
        trial,
        sessionId,
        at: endedAt,
        version,
        isShown,
        propensity,
        context: contextOf(first.conversation, because),
        ...sessionOutcome(said),
        turns: met.length,
      },
    ];
  });
}

/** What was shown where the conversation is held out: it is in use there, though nothing is learned from it. */
export function heldOutUses({ endedAt, turns }: EndedSession): readonly Omit<SkillUse, 'sessions'>[] {
  return turns
    .filter(({ isHoldOut }) => isHoldOut)
    .flatMap(({ skills }) => skills)
    .flatMap(({ scope, name }) => (scope === undefined ? [] : [{ scope, name, lastShownAt: endedAt }]));
}

/** The draw holds for the session; where the chance itself changed in its middle the first one counts. */
function meet(meetings: Map<string, Meeting>, skill: ShownSkill, isShown: boolean, turn: SessionTurn): void {
  if (skill.scope === undefined || skill.trial === undefined) return;
  const key = `${skillSlotKey({ scope: skill.scope, name: skill.name })} ${skill.trial}`;
  const known = meetings.get(key);
  if (known === undefined) meetings.set(key, { skill, isShown, turns: [turn] });
  else if (known.isShown === isShown) known.turns.push(turn);
}
