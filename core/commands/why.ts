import { foldReward, type Reward, standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { ShownSkill } from '../domain/skill.ts';
import type { Turn, TurnState } from '../domain/turn.ts';
import { outcomeOf } from '../feedback/feedback-forms.ts';
import type { CommandCall, CommandInvocation, TurnFeedback } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, inlineCode, literal, shortened, spoken } from './markdown-text.ts';

const shownRequestChars = 120;

/** Why an answer is as it is: the one replied to, or the last one of the conversation. */
export async function runWhy({ invocation, deps }: CommandCall): Promise<string> {
  const turn = await turnInQuestion(invocation, deps.why);
  if (turn === undefined) {
    return invocation.replyTo === undefined
      ? 'I have not answered anything in this conversation yet.'
      : `That message is none of my answers. Reply to one of them with ${typed(invocation, 'why')}, or send it by itself for the last one.`;
  }
  const feedback = await deps.why.feedback(turn.turnId);
  return [
    opening(turn),
    skillsPart(turn, invocation),
    ['**How it was made**', ...madeLines(turn)].join('\n'),
    ['**Feedback**', ...feedbackLines(feedback, deps.clock.now())].join('\n'),
  ].join('\n\n');
}

/** Never a turn of another space, whatever a message claims to reply to. */
async function turnInQuestion(
  invocation: CommandInvocation,
  why: CommandCall['deps']['why'],
): Promise<Turn | undefined> {
  if (invocation.replyTo === undefined) return why.lastTurn(invocation.conversationKey);
  const turn = await why.byReply(invocation.replyTo);
  const { spaceId, channelId } = invocation.conversation;
  const isFromHere = turn?.conversation.spaceId === spaceId && turn.conversation.channelId === channelId;
  return isFromHere ? turn : undefined;
}

const stateNotes: Readonly<Record<TurnState, string>> = {
  open: ' It is still being written.',
  answered: ' It is still being delivered.',
  done: '',
  failed: ' The model failed on the way.',
  stopped: ' It was stopped.',
  interrupted: ' A restart cut it off.',
  delivery_unknown: ' I cannot tell whether it arrived in full.',
};

function opening(turn: Turn): string {
  const asked = shortened(turn.requestText, shownRequestChars);
  const about = asked === '' ? 'My answer' : `My answer to “${literal(asked)}”.`;
  return `${about}${stateNotes[turn.state]}`;
}

function skillsPart(turn: Turn, invocation: CommandInvocation): string {
  if (turn.skills.length === 0) {
    return `**No skill was given.** Nothing in those words matched a skill closely enough. ${typed(invocation, 'skill search <words>')} shows what comes near.`;
  }
  const title = turn.skills.length === 1 ? '**The skill it was given**' : '**The skills it was given**';
  return [title, ...turn.skills.map(skillLine)].join('\n');
}

function skillLine(skill: ShownSkill): string {
  const words = skill.because.map((word) => `“${literal(word)}”`);
  const because = words.length === 0 ? '' : `, because of ${enumerated(words)}`;
  const chance = skill.propensity < 1 ? `, shown with a chance of ${percent(skill.propensity)}` : '';
  return `- **${literal(skill.name)}** version ${skill.version}, fits ${percent(skill.score)}${because}${chance}`;
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

function madeLines(turn: Turn): readonly string[] {
  return [
    `- Model: ${literal(turn.policy)}`,
    `- Skill library: generation ${turn.generation}`,
    `- Session: ${inlineCode(turn.sessionId)}`,
    `- Turn: ${inlineCode(turn.turnId)}`,
    ...(turn.usage === undefined
      ? []
      : [`- Tokens: ${turn.usage.inputTokens} read, ${turn.usage.outputTokens} written`]),
    ...(turn.endedAt === undefined ? [] : [`- Took ${seconds(turn.endedAt - turn.startedAt)}`]),
    ...(turn.retryOf === undefined ? [] : ['- It replaces an earlier answer, after Retry']),
  ];
}

function seconds(durationMs: number): string {
  if (durationMs >= 60_000) return spoken(durationMs);
  return `${(Math.max(0, durationMs) / 1000).toFixed(1)} seconds`;
}

function feedbackLines({ signals, settlement }: TurnFeedback, now: number): readonly string[] {
  const standing = standingSignals(signals);
  const given = standing.length === 0 ? '- Nobody has said how it was' : `- Standing now: ${tally(standing)}`;
  if (settlement?.state === 'settled') return [given, `- Reward: ${rewardText(settlement.reward)}, settled`];
  const soFar = `- Reward so far: ${rewardText(foldReward(signals))}`;
  if (settlement === undefined) return [given, soFar];
  const left = settlement.dueAt - now;
  const when = left > 0 ? `settles in ${spoken(left)} if nothing else is said` : 'settles any moment now';
  return [given, `${soFar}; ${when}`];
}

function rewardText(reward: Reward): string {
  if (reward.kind === 'missing') return 'none (silence counts for nothing)';
  const value = `${reward.value > 0 ? '+' : reward.value < 0 ? '−' : ''}${Math.abs(reward.value).toFixed(2)}`;
  return `${value} by ${counted(reward.voices, 'voice', 'voices')}`;
}

const buttonNames: Readonly<Record<string, string>> = { good: '👍', bad: '👎' };

/** People's own words are not repeated here. */
function markOf({ kind, name }: Signal): string {
  if (kind === 'button') return buttonNames[name] ?? name;
  if (kind === 'correction') return 'a correction';
  return kind === 'reason' ? `said to be ${outcomeOf(name) ?? name}` : name;
}

/** `👍 twice, 👎 once`: how often each mark stands. */
function tally(signals: readonly Signal[]): string {
  const counts = new Map<string, number>();
  for (const signal of signals) {
    const name = markOf(signal);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .map(([name, count]) => (count === 1 ? literal(name) : `${literal(name)} × ${count}`))
    .join(', ');
}
