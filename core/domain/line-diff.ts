/** One line of a comparison: in both texts, only in the earlier, or only in the later one. */
export interface DiffLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Beyond this many lines of either text the middle that differs is given as removed and added, unmatched. */
const mostLines = 2_000;

/**
 * How one text becomes another, line by line, with as few changes as possible. What is `same` or `removed`, in order, is
 * the earlier text; what is `same` or `added` the later one.
 */
export function lineDiff(before: string, after: string): readonly DiffLine[] {
  const a = before.split('\n');
  const b = after.split('\n');
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const middle = matched(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  return [...a.slice(0, start).map(same), ...middle, ...a.slice(a.length - end).map(same)];
}

/** By the longest common subsequence. */
function matched(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  if (a.length > mostLines || b.length > mostLines) return unmatched(a, b);
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      lengths[at] =
        a[i] === b[j]
          ? (lengths[at + width + 1] ?? 0) + 1
          : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const at = i * width + j;
    if (a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if ((lengths[at + width] ?? 0) >= (lengths[at + 1] ?? 0)) {
      lines.push({ kind: 'removed', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'added', text: b[j] ?? '' });
      j += 1;
    }
  }
  return [...lines, ...unmatched(a.slice(i), b.slice(j))];
}

function unmatched(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  return [
    ...a.map((text): DiffLine => ({ kind: 'removed', text })),
    ...b.map((text): DiffLine => ({ kind: 'added', text })),
  ];
}

const signs = { same: ' ', removed: '-', added: '+' } as const;

/** For people: changed lines with their sign, `around` unchanged ones about them, `…` where some are left out. */
export function showDiff(lines: readonly DiffLine[], around = 2): string {
  const isNear = lines.map((_, at) =>
    lines.slice(Math.max(0, at - around), at + around + 1).some(({ kind }) => kind !== 'same'),
  );
  const shown: string[] = [];
  for (const [at, { kind, text }] of lines.entries()) {
    if (isNear[at] === true) shown.push(`${signs[kind]} ${text}`.trimEnd());
    else if (shown.at(-1) !== '…') shown.push('…');
  }
  return shown.join('\n');
}
