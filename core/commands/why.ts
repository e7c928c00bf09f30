import type { ShownSkill } from '../domain/skill.ts';
import type { Turn, TurnState } from '../domain/turn.ts';
import type { CommandCall, CommandDeps, CommandInvocation } from './context.ts';
import { feedbackPart, learningPart } from './feedback-lines.ts';
import { typed } from './help.ts';
import { enumerated, inlineCode, literal, percent, spoken } from './markdown-text.ts';
import { sourceKindInWords } from './policy-words.ts';
import { answerInWords, noSuchAnswer, turnInQuestion } from './turn-in-question.ts';

const policiesLookedAt = 200;

/** Why an answer is as it is: the one replied to, or the last one of the conversation. */
export async function runWhy({ invocation, deps }: CommandCall): Promise<string> {
  const { conversationKey } = invocation;
  const turn = await turnInQuestion(invocation, deps.turns, () => deps.turns.lastTurn(conversationKey));
  if (turn === undefined) return noSuchAnswer(invocation, 'why');
  const feedback = await deps.turns.feedback(turn.turnId);
  const now = deps.clock.now();
  return [
    opening(turn, invocation),
    skillsPart(turn, invocation),
    ['**How it was made**', ...madeLines(turn, await answererOf(turn, deps))].join('\n'),
    feedbackPart(turn, feedback, invocation, now),
    learningPart(turn, feedback, now),
  ].join('\n\n');
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

function opening(turn: Turn, invocation: CommandInvocation): string {
  const answer = answerInWords(turn, invocation);
  return `${answer.charAt(0).toUpperCase()}${answer.slice(1)}.${stateNotes[turn.state]}`;
}

function skillsPart(turn: Turn, invocation: CommandInvocation): string {
  const masked = turn.maskedSkills.map(
    ({ name, version, propensity }) =>
      `- ${literal(name)} version ${version} fitted too and was left out by chance (${percent(1 - propensity)}), to tell what it does`,
  );
  return [givenPart(turn, invocation), ...masked].join('\n');
}

function givenPart(turn: Turn, invocation: CommandInvocation): string {
  if (turn.skills.length === 0 && turn.maskedSkills.length > 0) return '**No skill was given.**';
  if (turn.skills.length === 0) {
    return `**No skill was given.** Nothing in those words matched a skill closely enough. ${typed(invocation, 'skill search <words>')} shows what comes near.`;
  }
  const title = turn.skills.length === 1 ? '**The skill it was given**' : '**The skills it was given**';
  return [title, ...turn.skills.map(skillLine)].join('\n');
}

function skillLine(skill: ShownSkill): string {
  if (skill.isCarried === true) {
    return `- ${literal(skill.name)} version ${skill.version}, which earlier words of the conversation brought in`;
  }
  const words = skill.because.map((word) => `“${literal(word)}”`);
  const because = words.length === 0 ? '' : `, because of ${enumerated(words)}`;
  const chance = skill.propensity < 1 ? `, shown with a chance of ${percent(skill.propensity)}` : '';
  return `- **${literal(skill.name)}** version ${skill.version}, fits ${percent(skill.score)}${because}${chance}`;
}

/** Policies are known to people by their number. */
async function answererOf(turn: Turn, { training }: CommandDeps): Promise<string> {
  const known = (await training?.policies(turn.conversation.spaceId, policiesLookedAt)) ?? [];
  const policy = known.find(({ policyId }) => policyId === turn.policy);
  return policy === undefined
    ? literal(turn.policy)
    : `policy ${policy.number}, ${sourceKindInWords(policy)}`;
}

function madeLines(turn: Turn, answerer: string): readonly string[] {
  return [
    `- Model: ${answerer}`,
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
