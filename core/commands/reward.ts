import { standingSignals } from '../domain/reward.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { CommandCall, CommandInvocation, TurnFeedback } from './context.ts';
import { feedbackPart, isForAskerAlone, learningPart } from './feedback-lines.ts';
import { typed } from './help.ts';
import { beginning, counted, inlineCode, literal, shortened, spoken } from './markdown-text.ts';
import { answerInWords, noSuchAnswer, turnInQuestion } from './turn-in-question.ts';

const shownHeld = 20;
const shownReasonChars = 200;
const longestReasonChars = 1_000;

/** One answer's reward in full, or, with no answer named, those that are held back in this space. */
export async function runRewardShow(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  if (args['turn'] === undefined && invocation.replyTo === undefined) return heldList(call);
  const { turn, problem } = await turnNamed(call, args['turn'], 'reward show');
  if (turn === undefined) return problem;
  const feedback = await deps.turns.feedback(turn.turnId);
  const now = deps.clock.now();
  return [
    `**The reward of ${answerInWords(turn, invocation)}**\n${inlineCode(turn.turnId)}`,
    feedbackPart(turn, feedback, invocation, now),
    learningPart(turn, feedback, now),
  ].join('\n\n');
}

/** Keeps the reward of one answer back until it is released. */
export async function runRewardHold(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const { id, words } = idAndWords(args['turn'], args['reason']);
  const { turn, problem } = await turnNamed(call, id, 'reward hold');
  if (turn === undefined) return problem;
  const before = await deps.turns.feedback(turn.turnId);
  const reason = words === undefined ? undefined : beginning(words, longestReasonChars);
  await deps.rewards.hold(turn, reason, invocation);
  const release = typed(invocation, `reward release ${turn.turnId}`);
  return `The reward of ${answerInWords(turn, invocation)} is held back: nothing is learned from it until ${release}.${tooLate(before)}`;
}

/** Lets the reward of one answer count again. */
export async function runRewardRelease(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const { turn, problem } = await turnNamed(call, args['turn'], 'reward release');
  if (turn === undefined) return problem;
  const before = await deps.turns.feedback(turn.turnId);
  if (holdsOf(before).length === 0) {
    const list = typed(invocation, 'reward show');
    return `Nothing holds the reward of ${answerInWords(turn, invocation)} back. ${list} lists what is held here.`;
  }
  await deps.rewards.release(turn, invocation);
  return `Released: the reward of ${answerInWords(turn, invocation)} counts again once its quiet time is over.${tooLate(before)}`;
}

const turnIdPattern = /^turn_\S+$/;

/** Of `reward hold` the first word may be the turn or begin the reason. */
function idAndWords(first: string | undefined, rest: string | undefined): { id?: string; words?: string } {
  if (first === undefined) return {};
  if (turnIdPattern.test(first)) return rest === undefined ? { id: first } : { id: first, words: rest };
  return { words: rest === undefined ? first : `${first} ${rest}` };
}

/** By id, by the answer replied to, or the last one; never one of another space. */
async function turnNamed(
  { invocation, deps }: CommandCall,
  id: string | undefined,
  command: string,
): Promise<{ readonly turn?: Turn; readonly problem: string }> {
  if (id !== undefined) {
    const turn = await deps.turns.byId(id);
    const isTheirs = turn?.conversation.spaceId === invocation.conversation.spaceId;
    const why = typed(invocation, 'why');
    return turn !== undefined && isTheirs
      ? { turn, problem: '' }
      : { problem: `I know no turn ${inlineCode(shortened(id, 64))} here. ${why} tells an answer's turn.` };
  }
  const last = (): Promise<Turn | undefined> => deps.turns.lastShown(invocation.conversationKey);
  const turn = await turnInQuestion(invocation, deps.turns, last);
  return turn === undefined ? { problem: noSuchAnswer(invocation, command) } : { turn, problem: '' };
}

const holdsOf = ({ signals }: TurnFeedback): readonly Signal[] =>
  standingSignals(signals).filter(({ kind }) => kind === 'hold');

function tooLate({ settlements }: TurnFeedback): string {
  const isUsed = Object.values(settlements).some(({ state }) => state === 'used');
  return isUsed ? ' It has been learned from already, though, and that cannot be taken back.' : '';
}

async function heldList({ invocation, deps }: CommandCall): Promise<string> {
  const turns = await deps.rewards.held(invocation.conversation.spaceId, shownHeld + 1);
  if (turns.length === 0) return 'No reward is held back here.';
  const shown = await Promise.all(
    turns.slice(0, shownHeld).map(async (turn) => {
      const holds = holdsOf(await deps.turns.feedback(turn.turnId));
      return heldLine(turn, holds, invocation, deps.clock.now());
    }),
  );
  const title =
    turns.length > shownHeld
      ? `**More than ${shownHeld} rewards are held back here**, the latest first`
      : `**${counted(turns.length, 'reward is', 'rewards are')} held back here**, the latest first`;
  const how = `${typed(invocation, 'reward show <turn>')} tells more about one, ${typed(invocation, 'reward release <turn>')} lets it count again.`;
  return [title, shown.join('\n'), how].join('\n\n');
}

function heldLine(turn: Turn, holds: readonly Signal[], invocation: CommandInvocation, now: number): string {
  const by = holds.map((hold) => holdInWords(hold, invocation, now));
  return `- ${inlineCode(turn.turnId)}, ${answerInWords(turn, invocation)}: ${by.join('; ')}`;
}

function holdInWords(
  { actorId, text, occurredAt }: Signal,
  invocation: CommandInvocation,
  now: number,
): string {
  const who =
    actorId === undefined ? 'by the guard' : actorId === invocation.actorId ? 'by you' : 'by a maintainer';
  const when = `held ${who} ${spoken(now - occurredAt)} ago`;
  return text === undefined || !isForAskerAlone(invocation)
    ? when
    : `${when}, “${literal(shortened(text, shownReasonChars))}”`;
}
