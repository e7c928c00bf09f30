/** One measured number: the median of several runs, or what the notes say. */
export interface BenchResult {
  readonly metric: string;
  readonly unit: string;
  readonly value: number;
  /** Lowest and highest of the runs, where there were several; or the interval that the notes name. */
  readonly spread?: readonly [number, number];
  /** The same measured on something else, in the same run on the same machine. */
  readonly vs?: { readonly name: string; readonly value: number };
  /** `value / vs.value`. */
  readonly ratio?: number;
}

/** `smoke`: the least that shows that a bench works; its numbers mean nothing. */
export type BenchSize = 'full' | 'smoke';

/** What a bench file's `measure` gives back. */
export interface BenchOutcome {
  readonly results: readonly BenchResult[];
  readonly notes: readonly string[];
}

/** The one object that `--json` prints. */
export interface BenchReport {
  readonly name: string;
  readonly commit: string;
  readonly node: string;
  readonly cpu: string;
  readonly results: readonly BenchResult[];
  readonly notes: readonly string[];
}

function plain(value: number): string {
  if (value === 0 || Math.abs(value) >= 100) return value.toFixed(0);
  return value.toPrecision(3);
}

function row(result: BenchResult): readonly string[] {
  return [
    result.metric,
    `${plain(result.value)} ${result.unit}`,
    result.spread === undefined ? '' : `${plain(result.spread[0])} to ${plain(result.spread[1])}`,
    result.vs === undefined ? '' : `${result.vs.name}: ${plain(result.vs.value)}`,
    result.ratio === undefined ? '' : plain(result.ratio),
  ];
}

/** The report as a table for people. */
export function formatReport(report: BenchReport): string {
  const rows = [['metric', 'median', 'spread', 'beside', 'ratio'], ...report.results.map(row)];
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? [];
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
  const head = `${report.name}  commit ${report.commit}  node ${report.node}  ${report.cpu}`;
  return [head, '', ...lines, '', ...report.notes.map((note) => `- ${note}`)].join('\n');
}
