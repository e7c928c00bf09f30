/** From an instant on, up to but without another; epoch milliseconds, `from` < `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The same time as spans that neither meet nor overlap, in order. Empty and backward ones are nothing. */
export function mergeSpans(spans: readonly Span[]): readonly Span[] {
  const ordered = spans.filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from);
  const merged: Span[] = [];
  for (const span of ordered) {
    const last = merged.at(-1);
    if (last === undefined || span.from > last.to) merged.push(span);
    else if (span.to > last.to) merged[merged.length - 1] = { from: last.from, to: span.to };
  }
  return merged;
}

/** The time that is in both. Both merged. */
export function intersectSpans(a: readonly Span[], b: readonly Span[]): readonly Span[] {
  const common: Span[] = [];
  let [i, j] = [0, 0];
  for (;;) {
    const [one, other] = [a[i], b[j]];
    if (one === undefined || other === undefined) return common;
    const from = Math.max(one.from, other.from);
    const to = Math.min(one.to, other.to);
    if (from < to) common.push({ from, to });
    if (one.to < other.to) i += 1;
    else j += 1;
  }
}

/** The span that an instant lies in. */
export function spanAt(spans: readonly Span[], at: number): Span | undefined {
  return spans.find(({ from, to }) => from <= at && at < to);
}

/** Clipped to `within`. */
export function clipSpans(spans: readonly Span[], within: Span): readonly Span[] {
  return intersectSpans(mergeSpans(spans), [within]);
}

export function totalMs(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + (to - from), 0);
}
