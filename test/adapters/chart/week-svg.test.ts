import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChart } from '../../../adapters/chart/chart.ts';
import { dark, heat, light, palette, type WeekColours } from '../../../adapters/chart/palette.ts';
import { weekHeat } from '../../../adapters/chart/week-heat.ts';
import { weekSvg } from '../../../adapters/chart/week-svg.ts';
import type { Span } from '../../../core/domain/span.ts';
import type { WeekChart, WeekChartDay } from '../../../core/domain/week-chart.ts';
import { expectNoOverlap } from './no-overlap.ts';
import { readPng } from './read-png.ts';
import { readSvg, type SvgElement } from './read-svg.ts';

const lanes = ['sleep', 'busy', 'past', 'expected'] as const;
const ofClass = (svg: string, name: string): readonly SvgElement[] =>
  readSvg(svg).filter(({ attributes }) => attributes['class'] === name);
const number = ({ attributes }: SvgElement, name: string): number => Number(attributes[name] ?? 0);
const fillOf = ({ attributes }: SvgElement): string => attributes['fill'] ?? '';
const texts = (svg: string): readonly string[] =>
  readSvg(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);

const hours = <T>(of: (hour: number) => T): readonly T[] => Array.from({ length: 24 }, (_, hour) => of(hour));
const dayOf = (changes: Partial<WeekChartDay> = {}): WeekChartDay => ({
  label: 'Mon 30 Nov',
  events: hours(() => 0),
  quiet: hours(() => undefined),
  sleep: [],
  busy: [],
  past: [],
  expected: [],
  ...changes,
});
/** Days as given, then plain ones. */
const chartOf = (days: readonly Partial<WeekChartDay>[], changes: Partial<WeekChart> = {}): WeekChart => ({
  title: 'When I am needed',
  subtitle: 'Closed.',
  zone: 'Europe/Berlin',
  days: Array.from({ length: 7 }, (_, index) => dayOf(days[index])),
  ...changes,
});
const [gridLeft, gridRight] = [130, 970];
const xOf = (minute: number): number => gridLeft + (minute / 1440) * (gridRight - gridLeft);
/** From first to last pixel, by minutes. */
const spanOf = (band: SvgElement): readonly number[] => [
  number(band, 'x'),
  number(band, 'x') + number(band, 'width'),
];

describe('the hours', () => {
  test('are 24 a day in seven rows, one below the other', () => {
    const cells = ofClass(weekSvg(chartOf([])), 'cell');
    expect(cells).toHaveLength(168);
    const rows = new Set(cells.map((cell) => number(cell, 'y')));
    expect(rows.size).toBe(7);
    for (const [index, cell] of cells.entries()) {
      expect(number(cell, 'x')).toBeCloseTo(xOf((index % 24) * 60) + 0.5, 0);
    }
  });

  test('are the darker the more comes in them', () => {
    const svg = weekSvg(chartOf([{ events: hours((hour) => hour) }]));
    const brightness = ofClass(svg, 'cell')
      .slice(0, 24)
      .map((cell) =>
        [1, 3, 5].reduce((sum, at) => sum + Number.parseInt(fillOf(cell).slice(at, at + 2), 16), 0),
      );
    expect(brightness).toEqual(brightness.toSorted((a, b) => b - a));
    expect(new Set(brightness).size).toBe(24);
    expect(fillOf(ofClass(svg, 'cell')[0]!)).toBe(heat[0]);
    expect(fillOf(ofClass(svg, 'cell')[23]!)).toBe(heat.at(-1));
    expect(texts(svg)).toEqual(expect.arrayContaining(['0', '23 events an hour']));
  });

  test('keep their differences beside one huge hour', () => {
    const events = hours((hour) => (hour === 0 ? 10_000_000 : hour % 4));
    const svg = weekSvg(chartOf([{ events }]));
    const fills = ofClass(svg, 'cell').slice(1, 5).map(fillOf);
    expect(new Set(fills).size).toBe(4);
    expect(texts(svg)).toContain('10M events an hour');
  });

  test('with little in them look so, also where that is the most', () => {
    const fill = fillOf(ofClass(weekSvg(chartOf([{ events: hours(() => 0.01) }])), 'cell')[0]!);
    expect(Number.parseInt(fill.slice(1, 3), 16)).toBeGreaterThan(0xe0);
    expect(texts(weekSvg(chartOf([])))).toContain('1 event an hour');
  });

  test('that were never seen are marked, and none of them has a colour for few', () => {
    const events = hours((hour) => (hour < 6 ? undefined : 0));
    const svg = weekSvg(chartOf([{ events }, { events: [1, 2] }]));
    expect(ofClass(svg, 'unseen')).toHaveLength(6 + 22);
    expect(ofClass(svg, 'cell')).toHaveLength(168 - 28);
    for (const cell of ofClass(svg, 'unseen')) expect(fillOf(cell)).toBe('url(#unseen)');
    expect(
      readSvg(svg).some(({ name, attributes }) => name === 'pattern' && attributes['id'] === 'unseen'),
    ).toBe(true);
    expect(texts(svg)).toContain('never seen');
  });

  test('have a dot whose area is how surely they stay quiet', () => {
    const quiet = hours((hour) => [1, 0.25, 0, undefined][hour]);
    const dots = ofClass(weekSvg(chartOf([{ quiet }])), 'quiet');
    expect(dots.map((dot) => number(dot, 'r'))).toEqual([6, 3]);
    expect(dots.map((dot) => number(dot, 'cx'))).toEqual([xOf(30), xOf(90)]);
  });

  test('have a light dot where they are dark', () => {
    const [few, many] = ofClass(
      weekSvg(
        chartOf([{ events: hours((hour) => hour * 100), quiet: hours((hour) => (hour % 23 ? 0 : 1)) }]),
      ),
      'quiet',
    );
    expect([fillOf(few!), fillOf(many!)]).toEqual([palette.quietOnLittle, palette.quietOnMuch]);
  });
});

test('the numbers beside the colours are those that have them', () => {
  const scale = weekHeat([0, 12.5, 3], heat);
  expect(scale.most).toBe(12.5);
  expect(scale.eventsAt(0)).toBe(0);
  expect(scale.eventsAt(1)).toBeCloseTo(12.5, 9);
  for (const [step, colour] of heat.entries()) {
    expect(scale.colour(scale.eventsAt(step / (heat.length - 1)))).toBe(colour);
  }
});

describe('what lies over a day', () => {
  test.each(lanes)('%s: from its first to its last minute, in its row', (lane) => {
    const svg = weekSvg(chartOf([{}, {}, { [lane]: [{ from: 90, to: 600 }] }]));
    const [band, ...others] = ofClass(svg, lane);
    expect(others).toEqual([]);
    expect(spanOf(band!)).toEqual([xOf(90), xOf(600)]);
    const cells = ofClass(svg, 'cell').map((cell) => number(cell, 'y'));
    expect(number(band!, 'y')).toBeGreaterThan(cells[48]! + 29);
    expect(number(band!, 'y') + number(band!, 'height')).toBeLessThan(cells[72]!);
  });

  test('all four at once, none over another and each filled in its own way', () => {
    const whole: readonly Span[] = [{ from: 0, to: 1440 }];
    const svg = weekSvg(chartOf([{ sleep: whole, busy: whole, past: whole, expected: whole }]));
    const bands = lanes.map((lane) => ofClass(svg, lane)[0]!);
    for (const [index, band] of bands.entries()) {
      expect(spanOf(band)).toEqual([gridLeft, gridRight]);
      const above = bands[index - 1];
      if (above !== undefined)
        expect(number(band, 'y')).toBeGreaterThanOrEqual(number(above, 'y') + number(above, 'height'));
    }
    expect(new Set(bands.map(fillOf)).size).toBe(4);
    const legend = ['sleep hours', 'calendar busy', 'training', 'window expected', 'now'];
    expect(texts(svg)).toEqual(expect.arrayContaining(legend));
  });

  test('up to midnight and on from it is drawn to the very edges', () => {
    const sleep = [
      { from: 0, to: 420 },
      { from: 1380, to: 1440 },
    ];
    const [morning, night] = ofClass(weekSvg(chartOf([{ sleep }])), 'sleep').map(spanOf);
    expect(morning).toEqual([gridLeft, xOf(420)]);
    expect(night).toEqual([xOf(1380), gridRight]);
  });

  test('is seen though it lasts a minute, also the last', () => {
    const svg = weekSvg(chartOf([{ past: [{ from: 1439, to: 1440 }] }]));
    expect(ofClass(svg, 'past').map(spanOf)).toEqual([[gridRight - 2, gridRight]]);
  });

  test('no time, or time beyond the day, is nothing', () => {
    const busy = [
      { from: 60, to: 60 },
      { from: 90, to: 30 },
      { from: -60, to: 0 },
      { from: 1440, to: 9_999 },
    ];
    expect(ofClass(weekSvg(chartOf([{ busy }])), 'busy')).toEqual([]);
  });
});

describe('now', () => {
  test.each([
    [0, 0, 0],
    [1439, 0, 1439],
    [1440, 1, 0],
    [2 * 1440 + 615, 2, 615],
    [10_080, 6, 1440],
  ])('minute %i is in row %i', (nowMinute, row, minute) => {
    const svg = weekSvg(chartOf([], { nowMinute }));
    const [line, ...others] = ofClass(svg, 'now');
    expect(others).toEqual([]);
    expect(number(line!, 'x1')).toBeCloseTo(xOf(minute), 0);
    const top = number(ofClass(svg, 'cell')[row * 24]!, 'y');
    expect(number(line!, 'y1')).toBe(top - 3);
    expect(number(line!, 'y2')).toBeGreaterThan(top + 60);
  });

  test('is not drawn where it is not in the week', () => {
    for (const chart of [chartOf([]), chartOf([], { nowMinute: -1 }), chartOf([], { nowMinute: 10_081 })]) {
      expect(ofClass(weekSvg(chart), 'now')).toEqual([]);
    }
  });
});

describe('its words', () => {
  test('name the days, the hours and whose clock it is', () => {
    const labels = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
    const svg = weekSvg(chartOf(labels.map((label) => ({ label }))));
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'When I am needed',
        'Closed.',
        ...labels,
        '00:00',
        '12:00',
        '24:00',
        'by the clock of Europe/Berlin',
      ]),
    );
  });

  test('are cut where they are too long', () => {
    const long = 'wide words '.repeat(40);
    const svg = weekSvg(chartOf([{ label: long }], { title: long, subtitle: long, zone: long }));
    expectNoOverlap(svg);
    expect(texts(svg).filter((text) => text.endsWith('…'))).toHaveLength(4);
    for (const { text, attributes } of readSvg(svg).filter(({ name }) => name === 'text')) {
      if (attributes['text-anchor'] === 'end' && text.startsWith('wide'))
        expect(text.length).toBeGreaterThan(5);
    }
  });

  test('without days say that there is no data yet', () => {
    const svg = weekSvg({ ...chartOf([]), days: [], nowMinute: 5 });
    expect(texts(svg)).toContain('There is no data yet.');
  });
});

const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true });
const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const optional = (arbitrary: fc.Arbitrary<number>) => fc.option(arbitrary, { nil: undefined });
const anySpans = fc.array(
  fc.record({
    from: fc.oneof(anyNumber, fc.integer({ min: 0, max: 1440 })),
    to: fc.oneof(anyNumber, fc.integer({ min: 0, max: 1440 })),
  }),
  { maxLength: 6 },
);
const anyDay: fc.Arbitrary<WeekChartDay> = fc.record({
  label: anyText,
  events: fc.array(optional(fc.oneof(anyNumber, fc.double({ min: 0, max: 50, noNaN: true }))), {
    maxLength: 30,
  }),
  quiet: fc.array(optional(fc.oneof(anyNumber, fc.double({ min: 0, max: 1, noNaN: true }))), {
    maxLength: 30,
  }),
  sleep: anySpans,
  busy: anySpans,
  past: anySpans,
  expected: anySpans,
});
const anyChart: fc.Arbitrary<WeekChart> = fc
  .record({
    title: anyText,
    subtitle: anyText,
    zone: anyText,
    days: fc.array(anyDay, { maxLength: 9 }),
    nowMinute: optional(fc.oneof(anyNumber, fc.integer({ min: 0, max: 10_080 }))),
  })
  .map(({ nowMinute, ...chart }) => ({ ...chart, ...(nowMinute === undefined ? {} : { nowMinute }) }));

/** The edges of a rectangle, a circle or a line with its stroke. */
function edges(shape: SvgElement): readonly [left: number, top: number, right: number, bottom: number] {
  const half = number(shape, 'stroke-width') / 2;
  if (shape.name === 'circle') {
    const [x, y, r] = [number(shape, 'cx'), number(shape, 'cy'), number(shape, 'r')];
    return [x - r, y - r, x + r, y + r];
  }
  if (shape.name === 'line') {
    const [x1, x2] = [number(shape, 'x1'), number(shape, 'x2')];
    return [x1 - half, number(shape, 'y1'), x2 + half, number(shape, 'y2')];
  }
  const [x, y] = [number(shape, 'x'), number(shape, 'y')];
  return [x, y, x + number(shape, 'width'), y + number(shape, 'height')];
}

test('any finite numbers and any texts give a well-formed picture in which everything stays within the frame', () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const svg = weekSvg(chart);
      expect(svg).not.toMatch(/"[^"]*(NaN|Infinity|undefined)[^"]*"/);
      const [root, ...elements] = readSvg(svg);
      expect(root?.name).toBe('svg');
      expect(weekSvg(structuredClone(chart))).toBe(svg);
      expectNoOverlap(svg);
      const height = number(root!, 'height');
      for (const shape of elements.filter(({ name }) => ['rect', 'circle', 'line'].includes(name))) {
        const [left, top, right, bottom] = edges(shape);
        expect([left >= 0, top >= 0, right <= 1000, bottom <= height]).toEqual([true, true, true, true]);
        if (!lanes.some((lane) => lane === shape.attributes['class'])) continue;
        expect([left >= gridLeft, right <= gridRight + 0.15]).toEqual([true, true]);
      }
      for (const text of elements.filter(({ name }) => name === 'text')) {
        expect(number(text, 'y')).toBeLessThan(height - 10);
      }
    }),
    { numRuns: 150 },
  );
});

describe('on a dark ground', () => {
  const brightnessOf = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((start) => Number.parseInt(colour.slice(start, start + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one: string, other: string): number => {
    const [low = 0, high = 0] = [brightnessOf(one), brightnessOf(other)].toSorted((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const everything = chartOf(
    [
      {
        events: hours((hour) => (hour < 3 ? undefined : hour)),
        quiet: hours(() => 0.7),
        ...Object.fromEntries(lanes.map((lane) => [lane, [{ from: 60, to: 600 }]])),
      },
    ],
    { nowMinute: 900 },
  );

  test('nothing keeps a colour that is meant for white', () => {
    const svg = weekSvg(everything, dark);
    const { heat: lightHeat, ...others } = light;
    for (const colour of [...lightHeat, ...Object.values(others)]) {
      expect([colour, svg.includes(colour)]).toEqual([colour, false]);
    }
    expect(weekSvg({ ...everything, days: [] }, dark)).not.toContain(palette.ground);
  });

  test.each([
    ['light', light],
    ['dark', dark],
  ] as const)('%s: all of it can be seen', (_, colours: WeekColours) => {
    const { ground, plot } = colours;
    for (const text of [colours.ink, colours.soft]) expect(contrast(text, ground)).toBeGreaterThan(4.5);
    for (const mark of [colours.sleep, colours.busy, colours.window, colours.now])
      expect(contrast(mark, plot), mark).toBeGreaterThan(3);
    expect(contrast(colours.quietOnLittle, colours.heat[0])).toBeGreaterThan(4.5);
    expect(contrast(colours.quietOnMuch, colours.heat.at(-1) ?? '')).toBeGreaterThan(4.5);
    expect(contrast(colours.window, colours.windowTint)).toBeGreaterThan(3);
  });

  test('the more comes in an hour, the brighter it is', () => {
    const brightness = dark.heat.map(brightnessOf);
    expect(brightness).toEqual(brightness.toSorted((a, b) => a - b));
    expect(brightness[0]).toBeGreaterThan(brightnessOf(dark.plot));
  });

  test('is what is asked for', async () => {
    const bytes = await createChart().week(everything, { isDark: true });
    const picture = readPng(bytes);
    expect(picture.isOpaque).toBe(true);
    expect(picture.count(dark.ground)).toBeGreaterThan(100_000);
    expect(picture.count(palette.ground)).toBe(0);
    const lightPicture = await createChart().week(everything, { isDark: false });
    expect(lightPicture).toEqual(await createChart().week(everything));
    expect(readPng(lightPicture).count(palette.ground)).toBeGreaterThan(100_000);
  });
});

test('the picture is a PNG that shows hours, bands and now, the same bytes for the same data', async () => {
  const chart = createChart();
  const data = chartOf(
    [
      {
        events: hours((hour) => (hour < 6 ? undefined : hour)),
        sleep: [{ from: 0, to: 420 }],
        busy: [{ from: 600, to: 700 }],
        past: [{ from: 30, to: 400 }],
        expected: [{ from: 1200, to: 1440 }],
      },
    ],
    { nowMinute: 900 },
  );
  const bytes = await chart.week(data);
  const picture = readPng(bytes);
  expect(picture.width).toBe(1000);
  expect(picture.isOpaque).toBe(true);
  // Each in the middle of the picture, away from the legend.
  const days = { left: 130, top: 100, right: 970, bottom: 640 };
  for (const colour of [palette.sleep, palette.window, palette.now, heat[0], heat[6]]) {
    expect(picture.count(colour, days), colour).toBeGreaterThan(100);
  }
  for (const colour of [palette.busy, palette.windowTint]) {
    expect(picture.count(colour, days), colour).toBeGreaterThan(20);
  }
  expect(await createChart().week(structuredClone(data))).toEqual(bytes);
  const load = async () => async () => Promise.reject(new Error('broken'));
  await expect(createChart({ load }).week(data)).rejects.toMatchObject({ name: 'AppError' });
});
