import type { Block } from '../../core/domain/document.ts';

const markerNearMargin = /^ {0,3}(?:([-*+])|\d{1,9}([.)]))(?:[ \t]|$)/;
const markerAtMargin = /^(?:([-*+])|\d{1,9}([.)]))(?:[ \t]|$)/;

/** What was read of segments, in order, with lists that were cut between their items made one again. */
export function joinLists(
  parts: readonly string[],
  blocksOf: (part: string) => readonly Block[],
): readonly Block[] {
  const blocks: Block[] = [];
  for (const [index, part] of parts.entries()) {
    const [first, ...rest] = blocksOf(part);
    if (first === undefined) continue;
    const last = blocks.at(-1);
    const isSame = last?.type === 'list' && first.type === 'list' && last.ordered === first.ordered;
    if (isSame && goesOn(parts[index - 1], part)) {
      blocks[blocks.length - 1] = { ...last, items: [...last.items, ...first.items] };
    } else blocks.push(first);
    for (const block of rest) blocks.push(block);
  }
  return blocks;
}

/** Whether a part begins with an item of the list that the part before ended with. */
function goesOn(before: string | undefined, part: string): boolean {
  const marker = markerOf(markerAtMargin.exec(part));
  const lines = before?.split('\n') ?? [];
  const last = lines.findLast((line) => markerAtMargin.test(line));
  // The list itself may be indented where no item of it stands at the margin yet.
  const first = lines.find((line) => markerNearMargin.test(line)) ?? '';
  const earlier = last === undefined ? markerNearMargin.exec(first) : markerAtMargin.exec(last);
  return marker !== undefined && markerOf(earlier) === marker;
}

function markerOf(match: RegExpExecArray | null): string | undefined {
  return match?.[1] ?? match?.[2];
}
