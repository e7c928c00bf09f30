import { AppError } from '../domain/app-error.ts';
import type { Proposal } from '../domain/proposal.ts';
import { isSkillName, type Skill, type SkillName } from '../domain/skill.ts';
import { draftsOf } from '../domain/skill-operation.ts';
import { approvalPolicies, isApprovalPolicy } from '../skills/space-policy.ts';
import { mayUse } from './command-spec.ts';
import type { CommandCall, CommandDeps, CommandInvocation } from './context.ts';
import { draftCard, draftCode, readDraftCode } from './draft-card.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { typed } from './help.ts';
import { beginning, counted, inlineCode, literal, shortened } from './markdown-text.ts';
import { turnInQuestion } from './turn-in-question.ts';

const cardTextChars = 1_500;
const longestReasonChars = 500;
const longestWordsChars = 3_000;

interface DraftInQuestion {
  readonly proposal: Proposal;
  /** As it was given; the whole one of the draft where only its number was. */
  readonly hash: string;
  readonly isCoded: boolean;
}

/** The draft of this space behind a code or a number. Throws `not_found`, or `conflict` where it is another text by now. */
async function draftNamed(
  code: string,
  invocation: CommandInvocation,
  { skillTools }: Pick<CommandDeps, 'skillTools'>,
): Promise<DraftInQuestion> {
  const named = readDraftCode(code);
  const proposal = named === undefined ? undefined : await skillTools.proposals.get(named.number);
  const isTheirs =
    proposal?.spaceId === invocation.conversation.spaceId || mayUse({ role: 'operator' }, invocation.role);
  if (named === undefined || proposal === undefined || !isTheirs) {
    const shown = inlineCode(shortened(code, 40));
    const list = typed(invocation, 'skill list');
    throw new AppError('not_found', `I know no draft ${shown} here. ${list} shows those that wait.`);
  }
  if (named.hash !== undefined && !proposal.draftHash.startsWith(named.hash)) {
    throw new AppError(
      'conflict',
      `Draft ${proposal.number} has changed since you looked at it. ${typed(invocation, `skill approve ${proposal.number}`)} shows it as it is now.`,
    );
  }
  return { proposal, hash: proposal.draftHash, isCoded: named.hash !== undefined };
}

/** The same of one that nobody has decided on. */
export async function waitingDraft(
  code: string,
  invocation: CommandInvocation,
  deps: Pick<CommandDeps, 'skillTools'>,
): Promise<DraftInQuestion> {
  const found = await draftNamed(code, invocation, deps);
  if (found.proposal.state === 'waiting') return found;
  throw new AppError(
    'conflict',
    `Draft ${found.proposal.number} is no longer open: ${decided(found.proposal)}.`,
  );
}

const decidedWords = {
  waiting: 'it waits',
  applied: 'it was approved and is in use',
  refused: 'the checks refused it',
  rejected: 'it was rejected',
  undone: 'it was approved and taken back',
  stale: 'what it would change has changed meanwhile',
} as const;

const decided = ({ state }: Proposal): string => decidedWords[state];

function cardOf(proposal: Proposal, { deps }: Pick<CommandCall, 'deps'>): string {
  const before = (name: SkillName): Skill | undefined => deps.skillTools.library.at(proposal.scope, name);
  return draftCard(proposal, { before, maxTextChars: cardTextChars });
}

/** Lets a draft in; by number alone it shows it and how to approve that very text. */
export async function runSkillApprove(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const { proposal, hash, isCoded } = await draftNamed(args['draft'] ?? '', invocation, deps);
  if (proposal.state !== 'waiting')
    return `${cardOf(proposal, call)}\n\nNothing to do: ${decided(proposal)}.`;
  if (!isCoded) {
    const approve = typed(invocation, `skill approve ${draftCode(proposal)}`);
    const reject = typed(invocation, `skill reject ${draftCode(proposal)}`);
    return `${cardOf(proposal, call)}\n\nTo let it in: ${approve}. To turn it down: ${reject}.`;
  }
  const approved = await deps.skillTools.decide.approve(proposal.number, hash, {
    personId: invocation.actorId,
    role: invocation.role,
  });
  await deps.skillTools.draftChanged(approved);
  const { library } = deps.skillTools;
  const isTried = draftsOf(approved.operation).some(
    ({ name }) => isSkillName(name) && library.entry(approved.scope, name)?.state === 'canary',
  );
  return [
    `Draft ${approved.number} is in use, since generation ${approved.generation ?? library.generation()}.`,
    ...(isTried ? ['It is tried in about half of the conversations it fits at first.'] : []),
    `To take it back: ${typed(invocation, `skill undo ${approved.number}`)}`,
  ].join(' ');
}

/** Turns a draft down; the reason goes to the model that writes skills. */
export async function runSkillReject(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const { proposal, hash } = await waitingDraft(args['draft'] ?? '', invocation, deps);
  const words = args['reason'];
  const reason = words === undefined ? undefined : beginning(words, longestReasonChars);
  const rejected = await deps.skillTools.decide.reject(proposal.number, hash, reason, {
    personId: invocation.actorId,
    role: invocation.role,
  });
  await deps.skillTools.draftChanged(rejected);
  return `Draft ${rejected.number} is turned down. ${reason === undefined ? 'With a reason after the code the next draft would know why.' : 'Your reason goes into the next attempt.'}`;
}

/** Sets the evolver to work on the asker's failures, or, for maintainers, on everybody's here. */
export async function runSkillLearn({ invocation, args, deps }: CommandCall): Promise<string> {
  const { conversationKey, conversation, actorId, role } = invocation;
  const last = () => deps.turns.lastShown(conversationKey);
  const turn = await turnInQuestion(invocation, deps.turns, last);
  const words = args['words'];
  if (words !== undefined) {
    if (turn === undefined) return 'I have not answered anything here yet that your words could be about.';
    await deps.feedback.rate(turn, 'bad', beginning(words, longestWordsChars), invocation);
  }
  const answer = await deps.skillTools.evolver.ask({
    spaceId: conversation.spaceId,
    personId: actorId,
    conversationKey,
    isForSpace: mayUse({ role: 'maintainer' }, role),
    ...(words === undefined || turn === undefined ? {} : { turnId: turn.turnId }),
  });
  const noted = words === undefined ? '' : 'Noted. ';
  if (answer.kind === 'nothing') return `${noted}${answer.why}`;
  // Made of people's words, which are not for everybody to read.
  const about = isForAskerAlone(invocation) ? ` about “${literal(answer.topic)}”` : '';
  const later =
    invocation.capabilities.canTellLater === false
      ? `Nobody is told when there is a draft: ${typed(invocation, 'skill list')} shows it then.`
      : 'A word follows when there is a draft.';
  return `${noted}I am looking at ${counted(answer.failures, 'answer', 'answers')}${about}. ${later}`;
}

const policyWords = {
  review: 'each draft waits for a maintainer',
  auto: 'a person’s own correction that passes all checks takes effect for that person at once; every other draft waits for a maintainer',
  off: 'nothing is drafted',
} as const;

export async function runSkillPolicy({ invocation, args, deps }: CommandCall): Promise<string> {
  const { spaceId } = invocation.conversation;
  const { policies } = deps.skillTools;
  const wanted = args['policy']?.toLowerCase();
  if (wanted === undefined) {
    const now = await policies.policyOf(spaceId);
    const others = approvalPolicies
      .filter((policy) => policy !== now)
      .map((policy) => typed(invocation, `skill policy ${policy}`));
    return `The policy here is **${now}**: ${policyWords[now]}. Others: ${others.join(', ')}`;
  }
  if (!isApprovalPolicy(wanted)) {
    throw new AppError(
      'invalid_input',
      `There is no policy “${literal(shortened(wanted, 30))}”. Choose review, auto or off.`,
    );
  }
  await policies.setPolicy(spaceId, wanted);
  return `The policy here is **${wanted}** now: ${policyWords[wanted]}.`;
}

/** Where drafts are posted for maintainers to decide on. */
export async function runSkillCards({ invocation, args, deps }: CommandCall): Promise<string> {
  const { conversation } = invocation;
  const { policies } = deps.skillTools;
  switch (args['where']?.toLowerCase()) {
    case undefined: {
      const place = await policies.placeOf('cards', conversation.spaceId);
      const here =
        place !== undefined &&
        place.channelId === conversation.channelId &&
        place.threadId === conversation.threadId;
      const where = place === undefined ? 'nowhere' : here ? 'here' : 'in another conversation';
      return `Drafts are posted ${where}. ${typed(invocation, 'skill cards here')} posts them here, ${typed(invocation, 'skill cards off')} nowhere; ${typed(invocation, 'skill list')} shows those that wait in any case.`;
    }
    case 'here':
      await policies.setPlace('cards', conversation.spaceId, conversation);
      return 'From now on drafts are posted here, with buttons to approve, edit or reject them. Only maintainers can press these; whoever reads here sees the drafts.';
    case 'off':
      await policies.setPlace('cards', conversation.spaceId, undefined);
      return `Drafts are posted nowhere any more. ${typed(invocation, 'skill list')} shows those that wait.`;
    default:
      throw new AppError('invalid_input', 'Say `here` or `off`.');
  }
}

/** What was learned: now, or each week in this conversation. */
export async function runSkillDigest({ invocation, args, deps }: CommandCall): Promise<string> {
  const { conversation } = invocation;
  const { policies, digest } = deps.skillTools;
  switch (args['when']?.toLowerCase()) {
    case undefined:
    case 'now':
      return digest(conversation.spaceId);
    case 'here':
      await policies.setPlace('digest', conversation.spaceId, conversation);
      return 'From now on the digest of what was learned here is posted in this conversation once a week.';
    case 'off':
      await policies.setPlace('digest', conversation.spaceId, undefined);
      return 'No digest is posted any more.';
    default:
      throw new AppError('invalid_input', 'Say `now`, `here` or `off`.');
  }
}

/** Takes back what a draft did. */
export async function runSkillUndo(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const { proposal } = await draftNamed(args['draft'] ?? '', invocation, deps);
  const isOwn = proposal.scope.kind === 'user' && proposal.scope.personId === invocation.actorId;
  if (!isOwn && !mayUse({ role: 'maintainer' }, invocation.role)) {
    throw new AppError('not_allowed', 'Only the people who run me here may take that back.');
  }
  if (proposal.state !== 'applied') return `There is nothing to take back: ${decided(proposal)}.`;
  const undone = await deps.skillTools.decide.undo(proposal.number, {
    personId: invocation.actorId,
    role: invocation.role,
  });
  await deps.skillTools.draftChanged(undone);
  return `What draft ${undone.number} did is undone. The library is at generation ${deps.skillTools.library.generation()}.`;
}
