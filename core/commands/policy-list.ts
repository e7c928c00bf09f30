import { AppError } from '../domain/app-error.ts';
import type { Policy, PolicyEvidence } from '../domain/policy.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { isForAskerAlone } from './feedback-lines.ts';
import { signed } from './feedback-marks.ts';
import { typed } from './help.ts';
import { counted, literal, spoken } from './markdown-text.ts';
import {
  becauseOf,
  evidenceFigure,
  evidenceInShort,
  policyNamed,
  policyStanding,
  policyTitle,
  sourceInWords,
  sourceKindInWords,
} from './policy-words.ts';
import { fenced } from './skill-words.ts';
import { isMaintainer, trainingOf, typedNumber } from './train-target.ts';
import type { TrainTools } from './train-tools.ts';
import { countedReasons, placeInWords } from './train-words.ts';

const shownPolicies = 20;
const policiesLookedAt = 200;
const runsLookedAt = 200;
const shownPersonaChars = 3_000;

/** The latest policies, in a line each. */
export async function runPolicyList({ invocation, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const policies = await training.policies(invocation.conversation.spaceId, shownPolicies);
  if (policies.length === 0) {
    return `The configured model answers, and nothing else was made yet. ${typed(invocation, 'train status')} tells how training stands.`;
  }
  const now = deps.clock.now();
  const isAnySoFar = policies.some(({ state }) => state === 'serving');
  return [
    '**Policies**, the latest first',
    policies.map((policy) => listLine(policy, now)).join('\n'),
    ...(isAnySoFar
      ? []
      : ['None of these serves; what answers is the configured model, or an older policy.']),
    `One in full: ${typed(invocation, 'policy show <policy>')}`,
  ].join('\n\n');
}

function listLine(policy: Policy, now: number): string {
  const { version, scope, since, evidence } = policy;
  const whom = scope.kind === 'everywhere' ? `, for ${placeInWords(scope)}` : '';
  return `- ${policyTitle(policy)}, version ${version}, ${sourceKindInWords(policy)}${whom}: ${policyStanding(policy)}, for ${spoken(now - since)}; ${evidenceInShort(evidence)}`;
}

/** The policy of that number that concerns this place. Throws `invalid_input` or `not_found`. */
export async function policyOf({ invocation, args, deps }: CommandCall): Promise<Policy> {
  const number = typedNumber(args['policy'], 'policy');
  const policy = await trainingOf(deps).policy(invocation.conversation.spaceId, number);
  if (policy !== undefined) return policy;
  throw new AppError(
    'not_found',
    `There is no policy ${number} here. ${typed(invocation, 'policy list')} shows those that there are.`,
  );
}

/** One policy in full. Its persona is shown to those who decide about it alone: it may hold what people said. */
export async function runPolicyShow(call: CommandCall): Promise<string> {
  const { invocation, deps } = call;
  const training = trainingOf(deps);
  const policy = await policyOf(call);
  const { number, version, scope, createdAt, since } = policy;
  const now = deps.clock.now();
  const parents = await training.policies(invocation.conversation.spaceId, policiesLookedAt);
  const head = [
    `${policyTitle(policy)}: ${policyStanding(policy)}${becauseOf(policy)}`,
    `- Version ${version}, for ${placeInWords(scope)}; in this state for ${spoken(now - since)}`,
    `- It is ${sourceInWords(policy)}`,
    `- Made ${spoken(now - createdAt)} ago by ${await runNamed(policy, training, invocation)}, from ${policyNamed(policy.parentId, parents)}`,
  ];
  return [
    head.join('\n'),
    ...evidenceParts(policy.evidence),
    ...personaPart(policy, invocation),
    ...(policy.state === 'candidate' || policy.state === 'canary'
      ? [`To have it serve at once: ${typed(invocation, `policy promote ${number}`)}`]
      : []),
  ].join('\n\n');
}

async function runNamed(
  { runId }: Policy,
  training: TrainTools,
  { conversation }: CommandInvocation,
): Promise<string> {
  const runs = await training.history(conversation.spaceId, runsLookedAt);
  const run = runs.find((known) => known.runId === runId);
  return run === undefined ? 'an earlier run' : `run ${run.number}`;
}

function evidenceParts({ replay, probes, live }: PolicyEvidence): readonly string[] {
  if (replay === undefined && probes === undefined && live === undefined) return ['It is not tested yet.'];
  return [
    ...(replay === undefined ? [] : [replayPart(replay)]),
    ...(probes === undefined ? [] : [probesPart(probes)]),
    ...(live === undefined ? [] : [livePart(live)]),
  ];
}

function replayPart({
  wins,
  ties,
  losses,
  better,
  worse,
  leftOut,
}: NonNullable<PolicyEvidence['replay']>): string {
  const reasons = countedReasons(leftOut).map((line) => `  ${line}`);
  return [
    '**Against what serves, on conversations kept out of learning**',
    `- ${wins} won, ${ties} even, ${losses} lost`,
    `- Evidence that it is better: ${evidenceFigure(better)}; that it is worse: ${evidenceFigure(worse)}`,
    ...(reasons.length === 0 ? [] : ['- Could not be compared', ...reasons]),
  ].join('\n');
}

function probesPart({ passed, failed }: NonNullable<PolicyEvidence['probes']>): string {
  const lost = failed.map((name) => `- Failed, and what serves passes it: ${literal(name)}`);
  return ['**Probes of safety and flattery**', `- ${passed} passed, ${failed.length} failed`, ...lost].join(
    '\n',
  );
}

function livePart({ sessions, others, mean, othersMean, harm }: NonNullable<PolicyEvidence['live']>): string {
  const rated = (value: number | undefined): string =>
    value === undefined ? 'not rated yet' : `mean rating ${signed(value)}`;
  return [
    '**With people**',
    `- ${counted(sessions, 'session', 'sessions')}, ${rated(mean)}`,
    `- Beside them ${counted(others, 'session', 'sessions')} without it, ${rated(othersMean)}`,
    `- Evidence that it does harm: ${evidenceFigure(harm)}`,
  ].join('\n');
}

function personaPart({ source }: Policy, invocation: CommandInvocation): readonly string[] {
  if (source.persona === undefined || !isMaintainer(invocation)) return [];
  return isForAskerAlone(invocation)
    ? [`**Its persona**\n\n${fenced(source.persona, shownPersonaChars)}`]
    : ['Its persona is shown only where nobody else reads it.'];
}
