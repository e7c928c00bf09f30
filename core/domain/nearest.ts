const longestCompared = 64;

/**
 * The candidate that a mistyped text most likely stands for: the one that takes the fewest edits (insert, delete,
 * replace, swap of neighbours), the first of equals. `undefined` where even that one takes more than a third of its
 * length. Case, blanks, hyphens and underscores do not count.
 */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  const typed = squeezed(text);
  if (typed === '' || typed.length > longestCompared) return undefined;
  let best: { readonly candidate: string; readonly edits: number } | undefined;
  for (const candidate of candidates) {
    const wanted = squeezed(candidate);
    const allowed = Math.max(1, Math.floor(wanted.length / 3));
    if (Math.abs(wanted.length - typed.length) > allowed) continue;
    const edits = editsBetween(typed, wanted);
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { candidate, edits };
  }
  return best?.candidate;
}

function squeezed(text: string): string {
  return text.toLowerCase().replaceAll(/[-_\s]/g, '');
}

/** Optimal string alignment distance, three rows at a time. */
function editsBetween(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      );
      const isSwap = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (isSwap) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1);
      current.push(edits);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
