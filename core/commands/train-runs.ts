import { AppError } from '../domain/app-error.ts';
import type { Picture } from '../domain/outbound-message.ts';
import type { Policy } from '../domain/policy.ts';
import type { RunSample, RunSampleStatus, RunStep, TrainingRun } from '../domain/training-run.ts';
import type { CommandAnswer, CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, spoken } from './markdown-text.ts';
import { becauseOf, evidenceInShort, policyNamed, policyStanding } from './policy-words.ts';
import { hasNumbers, runChart, runTable } from './train-chart.ts';
import { isMaintainer, trainingOf, typedNumber } from './train-target.ts';
import type { ShownRun } from './train-tools.ts';
import {
  countedReasons,
  kindInWords,
  methodsInWords,
  money,
  placeInWords,
  reasonInWords,
  runStanding,
  spendInWords,
} from './train-words.ts';

const shownRuns = 15;
const policiesLookedAt = 200;
const shownSkippedSteps = 10;

/** The latest runs of this place, in a line each. */
export async function runTrainHistory({ invocation, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const { spaceId } = invocation.conversation;
  const runs = await training.history(spaceId, shownRuns);
  if (runs.length === 0) {
    return `Nothing was trained here yet. ${typed(invocation, 'train status')} tells what is missing.`;
  }
  const policies = await training.policies(spaceId, policiesLookedAt);
  const now = deps.clock.now();
  return [
    '**Runs**, the latest first',
    runs.map((run) => historyLine(run, policies, now)).join('\n'),
    `One in full: ${typed(invocation, 'train show <run>')}`,
  ].join('\n\n');
}

function historyLine(run: TrainingRun, policies: readonly Policy[], now: number): string {
  const made = run.candidateId === undefined ? '' : `, made ${policyNamed(run.candidateId, policies)}`;
  return `- **Run ${run.number}**, ${spoken(now - run.startedAt)} ago, ${kindInWords(run.kind)}: ${runStanding(run)}${made}`;
}

/** One run in full, with a picture where the channel shows one, or its numbers as a table. */
export async function runTrainShow(call: CommandCall): Promise<string | CommandAnswer> {
  const { invocation, args, deps } = call;
  const training = trainingOf(deps);
  const { spaceId } = invocation.conversation;
  const number = typedNumber(args['run'], 'run');
  const shown = await training.run(spaceId, number);
  if (shown === undefined) {
    throw new AppError(
      'not_found',
      `There is no run ${number} here. ${typed(invocation, 'train history')} shows those that there were.`,
    );
  }
  const policies = await training.policies(spaceId, policiesLookedAt);
  const parts = [
    headPart(shown, policies, call),
    answersPart(shown),
    ...stepsPart(shown),
    ...(isMaintainer(invocation) ? [costPart(shown)] : []),
    ...madePart(shown, invocation),
  ].join('\n\n');
  const chart = runChart(shown);
  if (!hasNumbers(chart)) return parts;
  const images = invocation.capabilities.canShowImages ? await pictureOf(shown, call) : [];
  return images.length === 0 ? `${parts}\n\n${runTable(chart)}` : { markdown: parts, images };
}

/** The table stands in its place where no picture can be made. */
async function pictureOf(shown: ShownRun, { deps }: CommandCall): Promise<readonly Picture[]> {
  const { number } = shown.run;
  try {
    return [
      {
        fileName: `run-${number}.png`,
        mediaType: 'image/png',
        bytes: await trainingOf(deps).chart(runChart(shown)),
        alt: `Reward, KL, entropy and effective sample size of run ${number}, step by step`,
      },
    ];
  } catch (error) {
    deps.logger.warn('chart_failed', { error });
    return [];
  }
}

function headPart({ run }: ShownRun, policies: readonly Policy[], { invocation, deps }: CommandCall): string {
  const { number, kind, methods, scope, parentId, generation, startedAt, endedAt } = run;
  const began = `Begun ${spoken(deps.clock.now() - startedAt)} ago`;
  const by = methods.length === 0 ? '' : `, by ${methodsInWords(methods)}`;
  return [
    `**Run ${number}**: ${runStanding(run)}`,
    `- Trains ${kindInWords(kind)} for ${placeInWords(scope)}${by}`,
    `- From ${policyNamed(parentId, policies)}, under generation ${generation} of the skills`,
    `- ${began}${askedBy(run, invocation)}${endedAt === undefined ? '' : `, took ${spoken(endedAt - startedAt)}`}`,
  ].join('\n');
}

/** Who asked is nobody else's business. */
function askedBy({ askedBy: who }: TrainingRun, { actorId }: CommandInvocation): string {
  if (who === undefined) return ', when its window opened';
  return who === actorId ? ', as you asked' : ', as a person asked';
}

const statuses: Readonly<Record<RunSampleStatus, string>> = {
  trained: 'trained on',
  claimed: 'in the step at hand',
  leased: 'wait for their step',
  left_out: 'left out on the way',
};
const statusOrder: readonly RunSampleStatus[] = ['trained', 'claimed', 'leased', 'left_out'];

function answersPart({ run: { plan }, samples }: ShownRun): string {
  const counts = statusOrder.flatMap((status) => {
    const count = samples.filter((sample) => sample.status === status).length;
    return count === 0 ? [] : [`${count} ${statuses[status]}`];
  });
  const { positives, negatives, people } = plan;
  const notTaken = countedReasons(plan.leftOut);
  return [
    '**Rated answers**',
    `- Planned: ${plan.samples}, ${positives} good and ${negatives} bad, from ${counted(people, 'person', 'people')}`,
    ...(counts.length === 0 ? [] : [`- Of these ${enumerated(counts)}`]),
    ...nested('Left out on the way', countedReasons(leftOutBy(samples))),
    ...nested('Not taken from the start', notTaken),
  ].join('\n');
}

const nested = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`- ${title}`, ...lines.map((line) => `  ${line}`)];

function leftOutBy(samples: readonly RunSample[]): Readonly<Record<string, number>> {
  const reasons = samples
    .filter(({ status }) => status === 'left_out')
    .map(({ reason }) => reason ?? 'no reason was kept');
  return Object.fromEntries(
    [...new Set(reasons)].map((reason) => [reason, reasons.filter((other) => other === reason).length]),
  );
}

function stepsPart({ run: { plan }, steps }: ShownRun): readonly string[] {
  if (plan.steps === 0 && steps.length === 0) return [];
  const done = steps.filter(({ state }) => state === 'done').length;
  const skipped = steps.filter(({ state }) => state === 'skipped');
  const begun = steps.filter(({ state }) => state === 'begun').map(({ step }) => `step ${step} is under way`);
  const rest = skipped.length - shownSkippedSteps;
  const ended = plan.steps === 0 ? `${done} done` : `${done} of ${plan.steps} done`;
  const lines = [
    '**Steps**',
    `- ${enumerated([ended, ...(skipped.length === 0 ? [] : [`${skipped.length} skipped`]), ...begun])}`,
    ...skipped.slice(0, shownSkippedSteps).map(skippedLine),
    ...(rest > 0 ? [`- …and ${rest} more skipped`] : []),
  ];
  return [lines.join('\n')];
}

const skippedLine = ({ step, reason }: RunStep): string =>
  `- Step ${step} was skipped${reason === undefined ? '' : `: ${reasonInWords(reason)}`}`;

function costPart({ run: { spend, plan }, currency }: ShownRun): string {
  return `**Cost**\n- Spent ${spendInWords(spend, currency)}; estimated before it began: ${money(plan.estimate.micros, currency)}`;
}

function madePart({ candidate }: ShownRun, invocation: CommandInvocation): readonly string[] {
  if (candidate === undefined) return [];
  return [
    [
      `**What it made**: policy ${candidate.number}`,
      `- ${policyStanding(candidate)}${becauseOf(candidate)}`,
      `- ${evidenceInShort(candidate.evidence)}`,
      `- In full: ${typed(invocation, `policy show ${candidate.number}`)}`,
    ].join('\n'),
  ];
}
