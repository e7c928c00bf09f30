import { Resvg } from '@resvg/resvg-js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { skillStatsSvg } from '../../../adapters/chart/skill-stats-svg.ts';
import { fitting, textWidth } from '../../../adapters/chart/text-width.ts';
import type { SkillStatsChart, SkillStatsPoint } from '../../../core/domain/skill-chart.ts';
import { expectNoOverlap } from './no-overlap.ts';
import { readSvg, type SvgElement } from './read-svg.ts';
import { dayMs, firstAt, sampleChart, weekMs } from './sample-chart.ts';

const ofClass = (svg: string, name: string): readonly SvgElement[] =>
  readSvg(svg).filter(({ attributes }) => attributes['class'] === name);
const texts = (svg: string): readonly string[] =>
  readSvg(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);
const corners = (path: SvgElement | undefined): number => path?.attributes['d']?.match(/[ML]/g)?.length ?? 0;
const points = (values: readonly Partial<SkillStatsPoint>[], stepMs = dayMs): readonly SkillStatsPoint[] =>
  values.map((value, index) => ({ at: firstAt + index * stepMs, uses: 1, ...value }));

describe('what is drawn', () => {
  test('a bar for each point that has uses, as high as they are many', () => {
    const bars = ofClass(
      skillStatsSvg(sampleChart({ points: points([{ uses: 3 }, { uses: 0 }, { uses: 6 }]) })),
      'bar',
    );
    expect(bars).toHaveLength(2);
    const [low, high] = bars.map(({ attributes }) => Number(attributes['height']));
    expect(high).toBeCloseTo(2 * (low ?? 0), 0);
  });

  test('the ratings as a line with gaps where there are none, and a dot for each', () => {
    const rated = points([
      { meanReward: 0.5 },
      { meanReward: 0 },
      {},
      { meanReward: -1 },
      {},
      { meanReward: 1 },
    ]);
    const svg = skillStatsSvg(sampleChart({ points: rated }));
    expect(ofClass(svg, 'line').map(corners)).toEqual([2]);
    expect(ofClass(svg, 'dot')).toHaveLength(4);
    const heights = ofClass(svg, 'dot').map(({ attributes }) => Number(attributes['cy']));
    expect(heights.map((cy) => heights.filter((other) => other < cy).length)).toEqual([1, 2, 3, 0]);
  });

  test('a line is also broken where days are left out', () => {
    const [a, b, c] = points([{ meanReward: 0 }, { meanReward: 0 }, { meanReward: 0 }]);
    const sparse = [a!, b!, { ...c!, at: c!.at + 5 * dayMs }];
    expect(ofClass(skillStatsSvg(sampleChart({ points: sparse })), 'line').map(corners)).toEqual([2]);
  });

  test('the lift with a band around its line', () => {
    const lifted = points([
      { lift: 0.1, liftLow: -0.2, liftHigh: 0.4 },
      { lift: 0.2, liftLow: 0, liftHigh: 0.4 },
      { lift: 0.2, liftLow: 0.1, liftHigh: 0.3 },
    ]);
    const svg = skillStatsSvg(sampleChart({ points: lifted }));
    expect(ofClass(svg, 'line').map(corners)).toEqual([3]);
    expect(ofClass(svg, 'band').map(corners)).toEqual([6]);
    expect(texts(svg)).toContain('latest +0.2, probably +0.1 to +0.3');
  });

  test('a lone lift has a band too', () => {
    const svg = skillStatsSvg(sampleChart({ points: points([{ lift: 0.1, liftLow: -0.2, liftHigh: 0.4 }]) }));
    expect(ofClass(svg, 'band').map(({ name }) => name)).toEqual(['rect']);
    expect(ofClass(svg, 'dot')).toHaveLength(1);
  });

  test('the changes as lines across with their labels; not those before the first and after the last point', () => {
    const marks = [
      { at: firstAt - dayMs, label: 'too early' },
      { at: firstAt + dayMs, label: 'version 2' },
      { at: firstAt + 400 * dayMs, label: 'too late' },
    ];
    const svg = skillStatsSvg(sampleChart({ points: points([{}, {}, {}]), marks }));
    expect(ofClass(svg, 'mark')).toHaveLength(1);
    expect(texts(svg)).toContain('version 2');
    expect(texts(svg).join()).not.toContain('too');
  });

  test('changes whose labels have no room are counted', () => {
    const marks = Array.from({ length: 9 }, (_, index) => ({
      at: firstAt + index * 60_000,
      label: `version ${index}`,
    }));
    const svg = skillStatsSvg(sampleChart({ points: points([{}, {}, {}]), marks }));
    expect(ofClass(svg, 'mark')).toHaveLength(9);
    expect(ofClass(svg, 'plate')).toHaveLength(4);
    expect(texts(svg)).toContain('days · 5 more changes have a line only');
  });

  test('the unit is a week where the points are a week apart', () => {
    expect(texts(skillStatsSvg(sampleChart({ points: points([{}, {}], weekMs) })))).toContain('Uses a week');
    expect(texts(skillStatsSvg(sampleChart({ points: points([{}, {}], weekMs - 3_600_000) })))).toContain(
      'Uses a week',
    );
    expect(texts(skillStatsSvg(sampleChart({ points: points([{}, {}]) })))).toContain('Uses a day');
    expect(texts(skillStatsSvg(sampleChart({ points: points([{}]) })))).toContain('Uses a day');
  });

  test.each([
    ['UTC', Date.UTC(2026, 0, 1)],
    ['Berlin', Date.UTC(2025, 11, 31, 23)],
    ['Los Angeles', Date.UTC(2026, 0, 1, 8)],
    ['Auckland', Date.UTC(2025, 11, 31, 12)],
  ])('midnight in %s is called by its own date', (_, at) => {
    const shown = texts(skillStatsSvg(sampleChart({ points: [{ at, uses: 1 }] })));
    expect(shown).toContain('1 Jan');
    expect(shown).toContain('2026');
  });

  test('the year stands below the first date and where it changes', () => {
    const at = Date.UTC(2025, 11, 30);
    const days = Array.from({ length: 6 }, (_, index) => ({ at: at + index * dayMs, uses: 1 }));
    expect(texts(skillStatsSvg(sampleChart({ points: days }))).filter((text) => /^20/.test(text))).toEqual([
      '2025',
      '2026',
    ]);
  });

  test('without points it says that there is no data yet', () => {
    const svg = skillStatsSvg(sampleChart({ points: [] }));
    expect(texts(svg)).toContain('There is no data yet.');
    expect(texts(svg)).toContain('greet-briefly');
    expect(ofClass(svg, 'bar')).toEqual([]);
  });

  test('a panel without values says so', () => {
    const shown = texts(skillStatsSvg(sampleChart({ points: points([{ uses: 0 }]) })));
    expect(shown).toEqual(
      expect.arrayContaining(['Not used yet', 'No ratings yet', 'Too few sessions yet to tell']),
    );
  });
});

describe('foreign text', () => {
  test.each([
    '</text><script>alert(1)</script>',
    '&lt;&amp;"\'<![CDATA[x]]>',
    'emoji 👩‍👩‍👧 and 日本語',
    'שלום and مرحبا',
    '<!ENTITY x SYSTEM "file:///etc/passwd"> &x;',
  ])('%s stays text', (title) => {
    const svg = skillStatsSvg(
      sampleChart({ title, subtitle: title, marks: [{ at: firstAt, label: title }] }),
    );
    expect(svg).not.toMatch(/<script|<!/);
    expect(texts(svg)[0]).toBe(title);
  });

  test('characters that XML forbids are left out, and lines are joined', () => {
    const title = 'a\u0000b\u0008\ufffec\ud800\nd\u202ee';
    expect(texts(skillStatsSvg(sampleChart({ title })))[0]).toBe('a b c\ufffd de');
  });

  test('a long title is cut so that it fits', () => {
    const [title = ''] = texts(skillStatsSvg(sampleChart({ title: 'wide words '.repeat(50) })));
    expect(title).toMatch(/^wide words .*…$/);
    expect(textWidth(title, 25, true)).toBeLessThan(960);
  });
});

describe('labels never meet', () => {
  test.each([1, 2, 3, 12, 30, 52, 90, 365])('with %i points', (count) => {
    for (const stepMs of [dayMs, weekMs]) {
      const many = points(
        Array.from({ length: count }, (_, index) => ({
          uses: index * 1_234,
          meanReward: -0.33,
          lift: -0.123,
          liftLow: -9.87,
          liftHigh: 1.23,
        })),
        stepMs,
      );
      const marks = many.map(({ at }, index) => ({ at, label: `version ${index}, in canary` }));
      const svg = skillStatsSvg(sampleChart({ points: many, marks }));
      expectNoOverlap(svg);
      expect(
        readSvg(svg).filter(({ text }) => /^\d+ [A-Z][a-z]{2}$/.test(text)).length,
      ).toBeGreaterThanOrEqual(Math.min(count, 8));
    }
  });

  test.each([
    'refund-tone',
    'WWWW MMM @@@',
    'version 12, canary',
    '−0.35 … +1.5k ’·“”',
    'ÄÖÜ Привет ŒǱ',
    '日本語 中文 한국어',
    '😀👩‍👧 ﷽ ꧅',
  ])('a text is at most as wide as measured: %s', (text) => {
    for (const isBold of [false, true]) {
      const font = {
        loadSystemFonts: false,
        fontFiles: ['', '-Bold'].map((face) => `node_modules/dejavu-fonts-ttf/ttf/DejaVuSans${face}.ttf`),
      };
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="2000" height="200"><text x="50" y="100" font-family="DejaVu Sans" font-size="50" font-weight="${isBold ? 'bold' : 'normal'}">${text}</text></svg>`;
      const width = new Resvg(svg, { font }).getBBox()?.width ?? 0;
      expect(width).toBeGreaterThan(50);
      expect(width).toBeLessThanOrEqual(textWidth(text, 50, isBold) + 2);
    }
  });

  test('a shortened text fits', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 30, max: 400 }),
        (text, width) => {
          const short = fitting(text, 14, width);
          expect(textWidth(short, 14)).toBeLessThanOrEqual(width);
          if (short !== text) expect(text.startsWith(short.slice(0, -1))).toBe(true);
        },
      ),
    );
  });
});

const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true });
const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const optional = fc.option(anyNumber, { nil: undefined });
const anyChart: fc.Arbitrary<SkillStatsChart> = fc.record({
  title: anyText,
  subtitle: anyText,
  points: fc.array(
    fc
      .record({
        at: fc.oneof(anyNumber, fc.integer({ min: firstAt, max: firstAt + 400 * dayMs })),
        uses: fc.oneof(anyNumber, fc.nat(500)),
        meanReward: optional,
        lift: optional,
        liftLow: optional,
        liftHigh: optional,
      })
      .map(({ at, uses, meanReward, lift, liftLow, liftHigh }) => ({
        at,
        uses,
        ...(meanReward === undefined ? {} : { meanReward }),
        ...(lift === undefined ? {} : { lift }),
        ...(liftLow === undefined ? {} : { liftLow }),
        ...(liftHigh === undefined ? {} : { liftHigh }),
      })),
    { maxLength: 40 },
  ),
  marks: fc.array(fc.record({ at: fc.oneof(anyNumber, fc.constant(firstAt)), label: anyText }), {
    maxLength: 8,
  }),
});

test('any finite numbers and any texts give a well-formed picture whose labels do not meet', () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const svg = skillStatsSvg(chart);
      expect(svg).not.toMatch(/"[^"]*(NaN|Infinity|undefined)[^"]*"/);
      const [root] = readSvg(svg);
      expect(root?.name).toBe('svg');
      expect(skillStatsSvg(structuredClone(chart))).toBe(svg);
      expectNoOverlap(svg);
    }),
    { numRuns: 200 },
  );
});
