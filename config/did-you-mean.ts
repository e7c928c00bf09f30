/** Edits (insert, delete, replace, swap of neighbours) from one text to the other. */
function distance(a: string, b: string): number {
  const width = b.length + 1;
  const cells = Array.from({ length: (a.length + 1) * width }, (_, at) =>
    at < width ? at : at % width === 0 ? at / width : 0,
  );
  const cell = (row: number, column: number): number => cells[row * width + column] ?? 0;
  for (let row = 1; row <= a.length; row += 1) {
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) best = Math.min(best, cell(row - 2, column - 2) + 1);
      cells[row * width + column] = best;
    }
  }
  return cell(a.length, b.length);
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_\s]/g, '');

/** The candidate that was most likely meant, or `undefined` where none is near (a third of its characters at most differ). */
export function didYouMean(written: string, candidates: readonly string[]): string | undefined {
  if (written.length > 100) return undefined;
  const ranked = candidates
    .map((candidate) => ({ candidate, edits: distance(plain(written), plain(candidate)) }))
    .sort((a, b) => a.edits - b.edits)[0];
  if (ranked === undefined) return undefined;
  return ranked.edits <= Math.max(1, Math.floor(ranked.candidate.length / 3)) ? ranked.candidate : undefined;
}
