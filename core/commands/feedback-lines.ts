import { foldReward, type Reward } from '../domain/reward.ts';
import type { Authority } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import { describeReason } from '../feedback/decide-role.ts';
import type { Role, Settlement, SettlementUse } from '../ports/ledger-store.ts';
import { mayUse } from './command-spec.ts';
import type { CommandInvocation, TurnFeedback } from './context.ts';
import { type Marks, marksInFull, marksOf, markTally, signed, type VoiceNames } from './feedback-marks.ts';
import { counted, literal, percent, spoken } from './markdown-text.ts';

/** Whether what is answered to a command surely reaches nobody but the asker. */
export function isForAskerAlone({ conversation, capabilities, isWritten }: CommandInvocation): boolean {
  if (conversation.audience === 'direct') return true;
  return isWritten ? capabilities.canSendPrivately : capabilities.canAnswerPrivately;
}

/** Who said what of an answer, as far as it is the asker's business, and what it comes to. */
export function feedbackPart(
  { askerId, askerName }: Pick<Turn, 'askerId' | 'askerName'>,
  feedback: TurnFeedback,
  invocation: CommandInvocation,
  now: number,
): string {
  const marks = marksOf(feedback.signals);
  return [
    '**Feedback**',
    ...markLines(marks, invocation, now, new Map([[askerId, askerName]])),
    `- Reward so far: ${rewardInWords(foldReward(feedback.signals))}`,
  ].join('\n');
}

function markLines(
  marks: Marks,
  invocation: CommandInvocation,
  now: number,
  names: VoiceNames,
): readonly string[] {
  const { standing, gone } = marks;
  if (standing.length + gone.length === 0) return ['- Nobody has said how it was'];
  if (mayUse({ role: 'maintainer' }, invocation.role) && isForAskerAlone(invocation)) {
    return marksInFull(marks, invocation, now, names);
  }
  return [
    standing.length === 0 ? '- Nothing stands' : `- Standing: ${markTally(standing, invocation)}`,
    ...(gone.length === 0 ? [] : [`- Taken back or changed: ${markTally(gone, invocation)}`]),
  ];
}

const authorities: Readonly<Record<Authority, string>> = {
  explicit: 'by what people said of it',
  regenerate: 'by wishes for another answer',
  judge: 'by the judge alone',
};

function rewardInWords(reward: Reward): string {
  switch (reward.kind) {
    case 'missing':
      return 'none (silence counts for nothing)';
    case 'held':
      return 'held back until a maintainer has looked at it';
    case 'known': {
      const trust = reward.weight === 1 ? '' : `, trusted ${percent(reward.weight)}`;
      const voices = counted(reward.voices, 'voice', 'voices');
      return `${signed(reward.value)} from ${voices}, ${authorities[reward.authority]}${trust}`;
    }
  }
}

const useTitles: Readonly<Record<SettlementUse, string>> = {
  skills: 'Skills',
  weights: 'The model’s weights',
};
const uses: readonly SettlementUse[] = ['skills', 'weights'];

/** What skills and weights may learn from the answer, and why. */
export function learningPart(turn: Turn, { settlements }: TurnFeedback, now: number): string {
  return [
    '**What may be learned from it**',
    ...uses.map((use) => `- ${useTitles[use]}: ${settlementInWords(settlements[use], now)}`),
    ...(turn.isHoldOut
      ? ['- This conversation is kept out of all learning, to test with it what was learned']
      : []),
  ].join('\n');
}

function settlementInWords(settlement: Settlement | undefined, now: number): string {
  if (settlement === undefined) return 'not decided; its quiet time begins when the answer is complete';
  const late =
    settlement.lateSignals === 0
      ? ''
      : `; ${counted(settlement.lateSignals, 'later word', 'later words')} came too late for it`;
  switch (settlement.state) {
    case 'open': {
      const left = settlement.dueAt - now;
      const when = left > 0 ? `in ${spoken(left)} if nothing else is said` : 'any moment now';
      return `settles ${when}${late}`;
    }
    case 'settled':
      return `${decided(settlement)}${late}`;
    case 'used':
      // A correction carries no vote, and a skill may be made from it before the quiet time is over.
      if (settlement.reward.kind === 'missing') return 'it has been learned from, by what was said of it';
      return `it has been learned from, with a reward of ${rewardInWords(settlement.reward)}${late}`;
  }
}

const roles: Readonly<Record<Role, string>> = {
  support: 'a failure that better skills may be made from',
  query: 'a sample that the weights may be trained on',
  hold_out: 'never learned from, only tested with',
  statistics: 'only counted',
};

function decided({ reward, decision }: Settlement): string {
  const because = literal(describeReason(decision.reason));
  return `${roles[decision.role]}, because ${because}. Settled reward: ${rewardInWords(reward)}`;
}
