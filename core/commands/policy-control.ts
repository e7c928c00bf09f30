import { AppError } from '../domain/app-error.ts';
import type { Policy } from '../domain/policy.ts';
import type { CommandCall } from './context.ts';
import { typed } from './help.ts';
import { policyOf } from './policy-list.ts';
import { evidenceInShort, policyStanding, policyTitle } from './policy-words.ts';
import { isConfirmed } from './skill-target.ts';
import { demandOwnScope, trainingOf, typedNumber } from './train-target.ts';
import { placeInWords } from './train-words.ts';

const policiesLookedAt = 200;

/** Puts a policy into service, whatever its test says, after a confirmation. */
export async function runPolicyPromote(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const training = trainingOf(deps);
  const policy = await policyOf(call);
  const { number, scope } = policy;
  demandOwnScope(scope, invocation);
  if (policy.state === 'serving') return `${policyTitle(policy)} serves as it is.`;
  const { spaceId } = invocation.conversation;
  if (!isConfirmed(args['confirm'])) {
    const now = servingIn(policy, await training.policies(spaceId, policiesLookedAt));
    return `This has ${policyTitle(policy)} answer ${placeInWords(scope)} at once, in place of ${now}. So far it is: ${policyStanding(policy)}; ${evidenceInShort(policy.evidence)}. To do it: ${typed(invocation, `policy promote ${number} confirm`)}`;
  }
  const promoted = await training.promote(spaceId, number, invocation.actorId);
  return `${policyTitle(promoted)} serves now, for ${placeInWords(promoted.scope)}. Answers in flight end on what they began with. ${typed(invocation, `policy rollback ${promoted.number}`)} takes it back.`;
}

/** What would answer in its scope no longer: a place's own wins over what is for everybody everywhere. */
function servingIn({ scope }: Policy, policies: readonly Policy[]): string {
  const all = policies.filter(({ state }) => state === 'serving');
  const serving =
    all.find((other) => other.scope.kind === scope.kind) ??
    all.find((other) => other.scope.kind === 'everywhere');
  if (serving === undefined) return 'the configured model';
  return `policy ${serving.number}${serving.isPinned ? ', which is pinned' : ''}`;
}

/** Takes what serves back, after a confirmation that names it: by then another may serve. */
export async function runPolicyRollback({ invocation, args, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const { spaceId } = invocation.conversation;
  const { serving } = await training.standing(spaceId);
  if (serving === undefined) return 'The configured model answers: there is nothing to take back.';
  demandOwnScope(serving.scope, invocation);
  const { number, scope } = serving;
  const meant = meantNumber(args['policy']);
  if (meant !== undefined && meant !== number) {
    return `Policy ${meant} does not serve here now: ${policyTitle(serving)} does. To take that back: ${typed(invocation, `policy rollback ${number} confirm`)}`;
  }
  if (meant === undefined || !isConfirmed(args['confirm'])) {
    return `This takes ${policyTitle(serving)} back for ${placeInWords(scope)}; what served before it answers again. To do it: ${typed(invocation, `policy rollback ${number} confirm`)}`;
  }
  const taken = await training.rollback(spaceId, number, invocation.actorId);
  return taken === undefined
    ? 'It was taken back meanwhile: the configured model answers.'
    : `${policyTitle(taken)} is taken back. ${typed(invocation, 'policy list')} shows what answers now; ${typed(invocation, `policy promote ${taken.number}`)} brings it back.`;
}

/** Whoever says `confirm` and no number is asked as if they had said nothing. */
function meantNumber(text: string | undefined): number | undefined {
  return text === undefined || isConfirmed(text) ? undefined : typedNumber(text, 'policy');
}

/** Keeps a policy in its place until a person says otherwise. */
export async function runPolicyPin(call: CommandCall): Promise<string> {
  const { invocation, args, deps } = call;
  const word = args['off']?.toLowerCase();
  if (word !== undefined && word !== 'off')
    throw new AppError('invalid_input', 'Say `off`, or nothing to pin it.');
  const isPinned = word === undefined;
  const policy = await policyOf(call);
  demandOwnScope(policy.scope, invocation);
  const title = policyTitle(policy);
  if (policy.isPinned === isPinned) return `${title} is ${isPinned ? '' : 'not '}pinned as it is.`;
  await trainingOf(deps).pin(invocation.conversation.spaceId, policy.number, isPinned, invocation.actorId);
  return isPinned
    ? `${title} is pinned: it is neither taken back nor replaced by itself.`
    : `${title} is no longer pinned.`;
}
