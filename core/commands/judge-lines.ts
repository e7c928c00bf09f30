import {
  type Calibration,
  leastLabels,
  leastLowerBound,
  leastOfEachSign,
} from '../feedback/judge-calibration.ts';
import type { JudgeReport } from '../feedback/judge-worker.ts';
import { counted, literal, percent, spoken } from './markdown-text.ts';

/** What keeps the judge from its work, as a problem; people need not do anything about a budget that is spent. */
export function judgeProblems(judge: JudgeReport | undefined): readonly string[] {
  if (judge?.state !== 'down') return judge?.isUnreadable === true ? [unreadable] : [];
  const detail = judge.detail === undefined ? '.' : `: ${literal(judge.detail)}`;
  return [`The judge is down${detail} It is asked again by and by; answers go on without it`];
}

const unreadable =
  'The judge answers, but not with votes that can be read, so that nothing comes of its calls. Set judge.model to a model that can reply with a JSON object';

/** How the judge is, and how well it agrees with people. None where there is no judge. */
export function judgeFacts(judge: JudgeReport | undefined, now: number): readonly string[] {
  if (judge === undefined) return [];
  return [
    `Judge: ${literal(judge.model)}, ${backlog(judge, now)}, ${judge.spentToday} of ${judge.dailyCalls} calls today`,
    `Judge, seeing the answer alone: ${agreement(judge.views.alone)}`,
    `Judge, with the next message in view: ${agreement(judge.views.with_next)}`,
  ];
}

function backlog({ state, waiting, oldestDueAt }: JudgeReport, now: number): string {
  if (waiting === 0) return 'nothing waits for it';
  const late =
    oldestDueAt !== undefined && oldestDueAt < now ? `, the first for ${spoken(now - oldestDueAt)}` : '';
  const spent = state === 'budget_spent' ? ' until tomorrow (UTC)' : '';
  return `${counted(waiting, 'answer waits', 'answers wait')} for it${spent}${late}`;
}

const fewNeeded = `${leastLabels} with ${leastOfEachSign} of each are needed`;

function agreement(view: Calibration): string {
  const { labels, positive, negative, balancedAccuracy, lowerBound, kappa, weight } = view;
  const rated = `${counted(labels, 'answer', 'answers')} that people rated too (${positive} good, ${negative} bad)`;
  if (balancedAccuracy === undefined || lowerBound === undefined) {
    return `its votes do not count yet, with ${rated}; ${fewNeeded}`;
  }
  const accuracy = `balanced accuracy ${percent(balancedAccuracy)}, at least ${percent(lowerBound)}`;
  const chance = kappa === undefined ? '' : `, kappa ${kappa.toFixed(2)}`;
  const measured = `${accuracy}${chance}, over ${rated}`;
  if (weight > 0) return `its votes count ${percent(weight)}: ${measured}`;
  const areEnough = labels >= leastLabels && Math.min(positive, negative) >= leastOfEachSign;
  return areEnough
    ? `its votes do not count: ${measured}; at least ${percent(leastLowerBound)} is needed`
    : `its votes do not count yet: ${measured}; ${fewNeeded}`;
}
