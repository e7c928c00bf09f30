import type { TrainingRun } from '../domain/training-run.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, enumerated, literal, spoken } from './markdown-text.ts';
import { policyStanding, sourceInWords } from './policy-words.ts';
import { concernsHere, isMaintainer, trainingOf } from './train-target.ts';
import type { TrainReport, TrainTools } from './train-tools.ts';
import { inSteps, methodsInWords, money, placeInWords, reasonInWords, spendInWords } from './train-words.ts';

/** How the slow loop stands here: what is on, what serves, what waits, what is missing, what it costs. Counts only. */
export async function runTrainStatus({ invocation, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const report = await training.report(invocation.conversation.spaceId);
  const now = deps.clock.now();
  const parts = [
    ['**Now**', servingLine(report, now), ...(await currentLines(report, training, invocation, now))],
    [`**The next run**, for ${placeInWords(report.scope)}`, ...outlookLines(report, invocation)],
    ['**What is on**', ...switchLines(report)],
    ...(isMaintainer(invocation) ? [['**Cost**', spentLine(report)]] : []),
  ];
  return parts.map(([title = '', ...lines]) => [title, ...lines.map(bullet)].join('\n')).join('\n\n');
}

const bullet = (line: string): string => `- ${line}`;

function servingLine({ serving }: TrainReport, now: number): string {
  if (serving === undefined) return 'The configured model answers';
  const { number, version } = serving;
  return `Policy ${number} answers (version ${version}, ${sourceInWords(serving)}; ${policyStanding(serving)} for ${spoken(now - serving.since)})`;
}

async function currentLines(
  { current, isPausedByPerson, closedBecause, nextWindow }: TrainReport,
  training: TrainTools,
  invocation: CommandInvocation,
  now: number,
): Promise<readonly string[]> {
  const run =
    current === undefined
      ? 'No run is at hand'
      : concernsHere(current.scope, invocation)
        ? await runAtHand(current, training, invocation, now)
        : 'A run of another place is at hand; the one here waits for it';
  return [
    run,
    ...(isPausedByPerson
      ? [`A person paused training. It goes on with ${typed(invocation, 'train resume')}`]
      : []),
    ...(closedBecause === undefined ? [] : [`No run goes on right now: ${literal(closedBecause)}`]),
    ...(nextWindow === undefined ? [] : [`The next window is expected ${literal(nextWindow)}`]),
  ];
}

async function runAtHand(
  run: TrainingRun,
  training: TrainTools,
  invocation: CommandInvocation,
  now: number,
): Promise<string> {
  const { steps } = run.plan;
  const ended =
    steps === 0
      ? ''
      : `: ${await stepsEnded(run, training, invocation)} of ${counted(steps, 'step', 'steps')} ended`;
  const how = run.state === 'paused' ? 'is paused' : 'is under way';
  const why = run.reason === undefined ? '' : `, as ${reasonInWords(run.reason)}`;
  return `Run ${run.number} ${how}${why}${ended}, begun ${spoken(now - run.startedAt)} ago`;
}

async function stepsEnded(
  { number }: TrainingRun,
  training: TrainTools,
  { conversation }: CommandInvocation,
): Promise<number> {
  const shown = await training.run(conversation.spaceId, number);
  return (shown?.steps ?? []).filter(({ state }) => state !== 'begun').length;
}

function outlookLines({ outlook, currency }: TrainReport, invocation: CommandInvocation): readonly string[] {
  if (outlook.kind === 'ready') {
    const { samples, steps, methods, estimate } = outlook;
    return [
      `It can begin: ${counted(samples, 'rated answer', 'rated answers')}${inSteps(steps)}`,
      ...(methods.length === 0 ? [] : [`By ${methodsInWords(methods)}`]),
      ...(isMaintainer(invocation) ? [`Estimated cost: ${spendInWords(estimate, currency)}`] : []),
    ];
  }
  const { reason, samples, positives, negatives, people } = outlook;
  const why = `It cannot begin yet: ${reasonInWords(reason)}`;
  if (isNothingSetUp(reason)) return [why];
  const missing = missingTo(outlook);
  return [
    why,
    `Waiting: ${counted(samples, 'rated answer', 'rated answers')}, ${positives} good and ${negatives} bad, from ${counted(people, 'person', 'people')}`,
    ...(missing.length === 0 ? [] : [`Still missing: ${enumerated(missing)}`]),
  ];
}

/** Where nothing could train nobody counted what waits, and more answers would not help. */
const isNothingSetUp = (reason: string): boolean => reason === 'weights_off' || reason === 'no_engine';

function missingTo({
  samples,
  positives,
  negatives,
  people,
  needed,
}: Extract<TrainReport['outlook'], { kind: 'not_ready' }>): readonly string[] {
  return [
    ...missingOf(needed.samples - samples, 'rated answer', 'rated answers'),
    ...missingOf(needed.eachSign - positives, 'good one', 'good ones'),
    ...missingOf(needed.eachSign - negatives, 'bad one', 'bad ones'),
    ...missingOf(needed.people - people, 'person who rates', 'people who rate'),
  ];
}

const missingOf = (count: number, one: string, many: string): readonly string[] =>
  count > 0 ? [counted(count, one, many)] : [];

const weightsWords: Readonly<Record<TrainReport['weights'], string>> = {
  off: 'Weights: not trained, the operator has it off',
  engine: 'Weights: trained by the training engine',
  provider: 'Weights: a model is tuned at its provider',
};

function switchLines({ weights, wording }: TrainReport): readonly string[] {
  return [
    weightsWords[weights],
    wording
      ? 'Wording: better words for persona and skills are searched'
      : 'Wording: not searched (`training.wording`, `evolver.model`)',
  ];
}

function spentLine({ spentMicros, capMicros, currency }: TrainReport): string {
  const spent = `Spent this month: ${money(spentMicros, currency)}`;
  return capMicros === undefined
    ? `${spent}, without a cap`
    : `${spent} of at most ${money(capMicros, currency)}`;
}
