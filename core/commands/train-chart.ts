import type { RunChart, RunChartPoint } from '../domain/run-chart.ts';
import type { StepMetrics } from '../domain/training-run.ts';
import { counted } from './markdown-text.ts';
import type { ShownRun } from './train-tools.ts';
import { runInShort } from './train-words.ts';

const tableRows = 20;

/** The run as lines over its steps, of those that have ended. */
export function runChart({ run, steps }: Pick<ShownRun, 'run' | 'steps'>): RunChart {
  const points = steps
    .filter(({ state }) => state !== 'begun')
    .map(({ step, state, metrics }) => ({ step, ...charted(metrics), isSkipped: state === 'skipped' }));
  return { title: `Run ${run.number}`, subtitle: runInShort(run), points };
}

function charted({
  reward,
  kl,
  klBase,
  entropy,
  ess,
}: StepMetrics): Omit<RunChartPoint, 'step' | 'isSkipped'> {
  return {
    ...(reward === undefined ? {} : { reward }),
    ...(kl === undefined ? {} : { kl }),
    ...(klBase === undefined ? {} : { klBase }),
    ...(entropy === undefined ? {} : { entropy }),
    ...(ess === undefined ? {} : { ess }),
  };
}

/** Whether any step measured something that the chart shows. */
export function hasNumbers({ points }: RunChart): boolean {
  return points.some((point) =>
    [point.reward, point.kl, point.klBase, point.entropy, point.ess].some((value) => value !== undefined),
  );
}

/** The same numbers as a Markdown table, of the latest steps. */
export function runTable({ points }: RunChart): string {
  const shown = points.slice(-tableRows);
  const rows = shown.map(({ step, reward, kl, klBase, entropy, ess, isSkipped }) => [
    isSkipped ? `${step}, skipped` : String(step),
    ...[reward, kl, klBase, entropy, ess].map(figure),
  ]);
  const head = ['Step', 'Reward', 'KL', 'KL to base', 'Entropy', 'ESS'];
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const left = points.length - shown.length;
  return left > 0
    ? `${lines.join('\n')}\n\n…and ${counted(left, 'earlier step', 'earlier steps')}`
    : lines.join('\n');
}

/** To three digits, with a minus that is wide enough to be seen. */
function figure(value: number | undefined): string {
  if (value === undefined) return '–';
  return String(Number(value.toPrecision(3))).replaceAll('-', '−');
}
