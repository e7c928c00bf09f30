import type { SkillDiagnostic } from '../domain/skill.ts';
import type { CommandCall, StatusReport } from './context.ts';
import { judgeFacts, judgeProblems } from './judge-lines.ts';
import { learningFacts, learningProblems } from './learning-lines.ts';
import { counted, enumerated, literal, spoken } from './markdown-text.ts';
import { proxyFacts } from './proxy-lines.ts';
import { scheduleFacts, scheduleProblems } from './schedule-lines.ts';
import { audienceOf } from './skill-target.ts';
import { trainingFacts, trainingProblems } from './train-lines.ts';

const shownSkillProblems = 3;
/** From this share on, a queue is nearly full. */
const nearlyFull = 0.8;

/** How the bot is: what is wrong first, then the facts. */
export async function runStatus({ invocation, deps }: CommandCall): Promise<string> {
  const report = await deps.status.report(invocation.conversation.spaceId);
  const problems = [
    ...report.problems.map(literal),
    ...channelProblems(report),
    ...queueProblems(report),
    ...judgeProblems(report.judge),
    ...learningProblems(report),
    ...trainingProblems(report.training),
    ...scheduleProblems(report.schedule),
    ...skillProblems(deps.skills.diagnostics()),
  ];
  const skills = deps.skills.list(audienceOf(invocation)).length;
  const facts = [
    `Running for ${spoken(report.uptimeMs)}, version ${literal(report.version)}`,
    `Model: ${literal(report.model)}`,
    channelFact(report),
    ...queueFacts(report),
    `Skills: ${skills}, generation ${deps.skills.generation()}`,
    workFact(report),
    answersFact(report),
    feedbackFact(report),
    ...judgeFacts(report.judge, deps.clock.now()),
    ...learningFacts(report, deps.clock.now()),
    ...trainingFacts(report.training),
    ...scheduleFacts(report.schedule),
    ...proxyFacts(report.proxy),
  ];
  if (problems.length === 0) return ['**All is well.**', facts.map(bullet).join('\n')].join('\n\n');
  // A title between the lists, or Markdown would make one of them.
  return [
    [`**${counted(problems.length, 'problem', 'problems')}**`, ...problems.map(bullet)].join('\n'),
    ['**Details**', ...facts.map(bullet)].join('\n'),
  ].join('\n\n');
}

const bullet = (line: string): string => `- ${line}`;

function channelProblems({ channels }: StatusReport): readonly string[] {
  return channels
    .filter(({ health }) => health.state !== 'ready')
    .map(({ platform, health }) => {
      const detail = health.detail === undefined ? '' : `: ${literal(health.detail)}`;
      return `${literal(platform)} is ${health.state}${detail}`;
    });
}

/** A queue that is nearly full is said once, as a problem. */
function queueProblems({ channels }: StatusReport): readonly string[] {
  return channels.flatMap(({ platform, health: { queue } }) => {
    if (queue === undefined || queue.waiting < queue.bound * nearlyFull) return [];
    const share = `${queue.waiting} of at most ${queue.bound} messages wait for its limits`;
    return [`${literal(platform)} is nearly overloaded: ${share}. What comes on top is refused`];
  });
}

function queueFacts({ channels }: StatusReport): readonly string[] {
  return channels.flatMap(({ platform, health: { queue } }) => {
    if (queue === undefined || queue.waiting === 0 || queue.waiting >= queue.bound * nearlyFull) return [];
    return [
      `${literal(platform)}: ${counted(queue.waiting, 'message waits', 'messages wait')} for its limits`,
    ];
  });
}

function skillProblems(diagnostics: readonly SkillDiagnostic[]): readonly string[] {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const shown = errors
    .slice(0, shownSkillProblems)
    .map(({ message }) => `A skill was left out: ${literal(message)}`);
  const rest = errors.length - shown.length;
  return rest > 0 ? [...shown, `${counted(rest, 'more skill was', 'more skills were')} left out`] : shown;
}

function channelFact({ channels }: StatusReport): string {
  const ready = channels
    .filter(({ health }) => health.state === 'ready')
    .map(({ platform }) => literal(platform));
  return ready.length === 0 ? 'Channels: none is ready' : `Channels: ${enumerated(ready)} ready`;
}

function workFact({ work }: StatusReport): string {
  if (work.running === 0 && work.waiting === 0) return 'Nothing is being answered right now';
  const running = counted(work.running, 'answer is being written', 'answers are being written');
  return work.waiting === 0
    ? running
    : `${running}, ${counted(work.waiting, 'message waits', 'messages wait')}`;
}

function answersFact({ turns }: StatusReport): string {
  const exceptions = [
    ...(turns.failed > 0 ? [`${turns.failed} failed`] : []),
    ...(turns.stopped > 0 ? [`${turns.stopped} stopped`] : []),
    ...(turns.interrupted > 0 ? [`${turns.interrupted} cut off`] : []),
    ...(turns.delivery_unknown > 0 ? [`${turns.delivery_unknown} perhaps not delivered`] : []),
  ];
  const all = Object.values(turns).reduce((sum, count) => sum + count, 0);
  const note = exceptions.length === 0 ? '' : ` (${exceptions.join(', ')})`;
  return `${counted(all, 'answer', 'answers')} so far${note}`;
}

function feedbackFact({ signals, settlements }: StatusReport): string {
  if (signals === 0) return 'No feedback yet';
  const { rewarded, open, held, used, lateSignals } = settlements;
  const facts = [
    `${counted(rewarded, 'reward', 'rewards')} settled`,
    `${open} not yet`,
    ...(held > 0 ? [`${held} held back for a maintainer`] : []),
    ...(used > 0 ? [`${used} learned from`] : []),
    ...(lateSignals > 0 ? [`${counted(lateSignals, 'word', 'words')} came too late`] : []),
  ];
  return `${counted(signals, 'row', 'rows')} in the feedback ledger, ${facts.join(', ')}`;
}
