import { expect } from 'vitest';
import { textWidth } from '../../../adapters/chart/text-width.ts';
import { readSvg, type SvgElement } from './read-svg.ts';

/** What a text covers from left to right, by its anchor. */
function span({ attributes, text }: SvgElement): { row: string; left: number; right: number } {
  const width = textWidth(text, Number(attributes['font-size']), attributes['font-weight'] === 'bold');
  const x = Number(attributes['x']);
  const share = { middle: 0.5, end: 1 }[attributes['text-anchor'] ?? ''] ?? 0;
  return { row: attributes['y'] ?? '', left: x - share * width, right: x + (1 - share) * width };
}

/** No text leaves the picture, and none meets another in its row. */
export function expectNoOverlap(svg: string): void {
  const spans = readSvg(svg)
    .filter(({ name }) => name === 'text')
    .map(span);
  for (const [index, { row, left, right }] of spans.entries()) {
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(1000);
    for (const other of spans.slice(index + 1)) {
      if (other.row !== row) continue;
      expect(other.right <= left || right <= other.left).toBe(true);
    }
  }
}
