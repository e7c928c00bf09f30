import type { TrainingRun } from '../domain/training-run.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted } from './markdown-text.ts';
import { isConfirmed } from './skill-target.ts';
import { demandOwnScope, trainingOf } from './train-target.ts';
import type { TrainNow, TrainReport, TrainStanding } from './train-tools.ts';
import { inSteps, methodsInWords, money, reasonInWords, spendInWords } from './train-words.ts';

/** Begins a run, or goes on with one. What costs money is said first, and done when it is confirmed. */
export async function runTrainNow({ invocation, args, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const { spaceId } = invocation.conversation;
  const report = await training.report(spaceId);
  const { current, outlook } = report;
  demandOwnScope((current ?? report).scope, invocation);
  // The words that asked may just have closed the window on it.
  if (current?.state === 'running' && report.closedBecause === undefined) {
    return `Run ${current.number} is under way already. ${typed(invocation, `train show ${current.number}`)} shows how far it is.`;
  }
  if (current === undefined && outlook.kind === 'not_ready') {
    return `No run can begin: ${reasonInWords(outlook.reason)}. ${typed(invocation, 'train status')} tells what is missing.`;
  }
  const asked = isConfirmed(args['confirm']) ? undefined : priceQuestion(report, invocation);
  return asked ?? startedLine(await training.now(spaceId, invocation.actorId), invocation);
}

/** `undefined` where it costs nothing. */
function priceQuestion(report: TrainReport, invocation: CommandInvocation): string | undefined {
  const { current, outlook, currency } = report;
  const again = `To do it: ${typed(invocation, 'train now confirm')}`;
  if (current !== undefined) {
    const left = current.plan.estimate.micros - current.spend.micros;
    if (left <= 0) return undefined;
    return `This goes on with run ${current.number}. What is left of it should cost ${money(left, currency)}.${capWarning(left, report)} ${again}`;
  }
  if (outlook.kind === 'not_ready' || outlook.estimate.micros <= 0) return undefined;
  const { samples, steps, methods, estimate } = outlook;
  return `This trains on ${counted(samples, 'rated answer', 'rated answers')}${inSteps(steps)}, by ${methodsInWords(methods)}. It should cost ${spendInWords(estimate, currency)}.${capWarning(estimate.micros, report)} ${again}`;
}

function capWarning(micros: number, { current, spentMicros, capMicros, currency }: TrainReport): string {
  if (capMicros === undefined || spentMicros + micros <= capMicros) return '';
  const what = current === undefined ? 'it does not begin this month' : 'it ends when that is spent';
  return ` That is more than the cap leaves, ${money(capMicros - spentMicros, currency)}: ${what}.`;
}

function startedLine(now: TrainNow, invocation: CommandInvocation): string {
  if (now.kind === 'nothing') return `No run has begun: ${reasonInWords(now.reason)}.`;
  const { number, plan } = now.run;
  const what =
    now.kind === 'began'
      ? `Run ${number} has begun, with ${counted(plan.samples, 'rated answer', 'rated answers')}.`
      : `Run ${number} goes on.`;
  return `${what} It pauses when somebody needs me. ${typed(invocation, `train show ${number}`)} shows how far it is.`;
}

/** Has no run go on or begin until `train resume`. */
export async function runTrainPause({ invocation, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  await demandWhatTrains(training.standing(invocation.conversation.spaceId), invocation);
  const resume = typed(invocation, 'train resume');
  return (await training.pause(invocation.conversation.spaceId, invocation.actorId))
    ? `Training is paused: the step in flight ends, and nothing new begins until ${resume}.`
    : `Training is paused as it is. ${resume} lets it go on.`;
}

export async function runTrainResume({ invocation, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  await demandWhatTrains(training.standing(invocation.conversation.spaceId), invocation);
  return (await training.resume(invocation.conversation.spaceId, invocation.actorId))
    ? `Training may go on, when nobody needs me. ${typed(invocation, 'train now')} does not wait for that.`
    : 'Training is not paused by anybody.';
}

async function demandWhatTrains(asked: Promise<TrainStanding>, invocation: CommandInvocation): Promise<void> {
  const { scope } = await asked;
  demandOwnScope(scope, invocation);
}

/** Ends the run at hand for good, after a confirmation. */
export async function runTrainCancel({ invocation, args, deps }: CommandCall): Promise<string> {
  const training = trainingOf(deps);
  const { current, currency } = await training.standing(invocation.conversation.spaceId);
  if (current === undefined) return 'No run is at hand.';
  demandOwnScope(current.scope, invocation);
  if (!isConfirmed(args['confirm'])) return cancelQuestion(current, currency, invocation);
  const cancelled = await training.cancel(invocation.conversation.spaceId, invocation.actorId);
  return cancelled === undefined
    ? `Run ${current.number} ended by itself meanwhile. ${typed(invocation, `train show ${current.number}`)} shows how.`
    : `Run ${cancelled.number} is cancelled. Its rated answers are free for a later run.`;
}

function cancelQuestion(
  { number, plan, spend }: TrainingRun,
  currency: string,
  invocation: CommandInvocation,
): string {
  const spent = spend.micros > 0 ? ` The ${money(spend.micros, currency)} that it cost stay spent.` : '';
  return `This ends run ${number} for good and makes no policy of it. Its ${counted(plan.samples, 'rated answer is', 'rated answers are')} free for a later run.${spent} To do it: ${typed(invocation, 'train cancel confirm')}`;
}
