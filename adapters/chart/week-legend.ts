import { plotRight } from './frame.ts';
import { amountText } from './numbers.ts';
import { sizes } from './palette.ts';
import { element, textAt } from './svg.ts';
import { textWidth } from './text-width.ts';
import { type WeekLane, weekLanes, weekLeft } from './week-grid.ts';
import { laneStyle, unseenFill } from './week-patterns.ts';
import { quietRadius, type WeekInk } from './week-rows.ts';

export const legendHeight = 100;

const laneNames: Readonly<Record<WeekLane, string>> = {
  sleep: 'sleep hours',
  busy: 'calendar busy',
  past: 'training',
  expected: 'window expected',
};

const signWidth = 26;
const signGap = 7;
const itemGap = 26;

interface Item {
  readonly sign: (x: number, y: number, ink: WeekInk) => string;
  readonly width: number;
  readonly text: string;
}

/** Signs with their words, one after the other from the left; `y` is the base line of the words. */
function drawItems(items: readonly Item[], left: number, y: number, ink: WeekInk): string {
  let x = left;
  return items
    .map(({ sign, width, text }) => {
      const drawn =
        sign(x, y, ink) + textAt(x + width + signGap, y, text, { size: sizes.label, fill: ink.colours.ink });
      x += width + signGap + textWidth(text, sizes.label) + itemGap;
      return drawn;
    })
    .join('');
}

const laneItem = (lane: WeekLane): Item => ({
  sign: (x, y, { colours }) =>
    element('rect', { x, y: y - 9, width: signWidth, height: 8, ...laneStyle(lane, colours) }),
  width: signWidth,
  text: laneNames[lane],
});

const nowItem: Item = {
  sign: (x, y, { colours }) =>
    element('line', {
      x1: x + 4,
      x2: x + 4,
      y1: y - 12,
      y2: y + 2,
      stroke: colours.now,
      'stroke-width': 2.5,
    }) + element('circle', { cx: x + 4, cy: y - 12, r: 4, fill: colours.now }),
  width: 8,
  text: 'now',
};

const quietShares = [0.1, 0.4, 1] as const;

const quietItem: Item = {
  sign: (x, y, { colours }) =>
    quietShares
      .map((share, index) =>
        element('circle', {
          cx: x + 5 + index * 14,
          cy: y - 5,
          r: quietRadius(share),
          fill: colours.quietOnLittle,
          'fill-opacity': 0.55,
        }),
      )
      .join(''),
  width: 40,
  text: 'the larger, the surer to stay quiet',
};

const unseenItem: Item = {
  sign: (x, y, { colours }) =>
    element('rect', {
      x,
      y: y - 12,
      width: signWidth,
      height: 14,
      fill: unseenFill,
      stroke: colours.frame,
      'stroke-width': 0.5,
    }),
  width: signWidth,
  text: 'never seen',
};

const swatches = 7;

/** From nothing to the most, with both numbers. */
function heatItem({ heat }: WeekInk): Item {
  const most = amountText(heat.most);
  const zeroWidth = textWidth('0', sizes.label) + signGap;
  return {
    sign: (x, y, { colours }) =>
      textAt(x, y, '0', { size: sizes.label, fill: colours.ink }) +
      Array.from({ length: swatches }, (_, index) =>
        element('rect', {
          x: x + zeroWidth + index * 18,
          y: y - 12,
          width: 18,
          height: 14,
          fill: heat.colour(heat.eventsAt(index / (swatches - 1))),
        }),
      ).join(''),
    width: zeroWidth + swatches * 18,
    text: `${most} ${most === '1' ? 'event' : 'events'} an hour`,
  };
}

/** What the colours and signs mean, and whose clock it is, below the days. `zone` fits. */
export function drawLegend(ink: WeekInk, zone: string, top: number): string {
  const clock = textAt((weekLeft + plotRight) / 2, top + 24, zone, {
    size: sizes.label,
    fill: ink.colours.soft,
    anchor: 'middle',
  });
  return (
    clock +
    drawItems([heatItem(ink), unseenItem, quietItem], weekLeft, top + 54, ink) +
    drawItems([...weekLanes.map(laneItem), nowItem], weekLeft, top + 80, ink)
  );
}
