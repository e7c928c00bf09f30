import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChart } from '../../../adapters/chart/chart.ts';
import { palette } from '../../../adapters/chart/palette.ts';
import { runSvg } from '../../../adapters/chart/run-svg.ts';
import type { RunChart, RunChartPoint } from '../../../core/domain/run-chart.ts';
import { expectNoOverlap } from './no-overlap.ts';
import { readPng } from './read-png.ts';
import { readSvg, type SvgElement } from './read-svg.ts';

const ofClass = (svg: string, name: string): readonly SvgElement[] =>
  readSvg(svg).filter(({ attributes }) => attributes['class'] === name);
const ofColour = (elements: readonly SvgElement[], colour: string): readonly SvgElement[] =>
  elements.filter(({ attributes }) => [attributes['stroke'], attributes['fill']].includes(colour));
const texts = (svg: string): readonly string[] =>
  readSvg(svg)
    .filter(({ name }) => name === 'text')
    .map(({ text }) => text);
const corners = (path: SvgElement | undefined): number => path?.attributes['d']?.match(/[ML]/g)?.length ?? 0;
const steps = (values: readonly Partial<RunChartPoint>[]): readonly RunChartPoint[] =>
  values.map((value, index) => ({ step: index + 1, isSkipped: false, ...value }));
const chartOf = (values: readonly Partial<RunChartPoint>[], changes: Partial<RunChart> = {}): RunChart => ({
  title: 'Run 5',
  subtitle: 'weights, done',
  points: steps(values),
  ...changes,
});
const full = { reward: 0.25, kl: 0.01, klBase: 0.04, entropy: 0.6, ess: 0.9 };

describe('what is drawn', () => {
  test('five lines in four panels, each in its colour, with the latest numbers', () => {
    const svg = runSvg(
      chartOf([full, { ...full, kl: 0.02 }, { ...full, reward: -0.5, klBase: 0.0512, ess: 0.303 }]),
    );
    const lines = ofClass(svg, 'line');
    for (const colour of [palette.reward, palette.kl, palette.klBase, palette.entropy, palette.ess]) {
      expect(ofColour(lines, colour).map(corners)).toEqual([3]);
    }
    expect(ofClass(svg, 'dot')).toHaveLength(15);
    expect(texts(svg)).toEqual(
      expect.arrayContaining([
        'Run 5',
        'weights, done',
        'Mean reward, −1 to +1',
        'latest −0.5',
        'KL to what serves',
        'to the base model, nats a token',
        'latest 0.01 and 0.0512',
        'Entropy, nats a token',
        'latest 0.6',
        'Effective sample size, share of the answers',
        'latest 30 %',
        'steps',
      ]),
    );
  });

  test('higher is higher, in a scale that both KLs share', () => {
    const svg = runSvg(chartOf([full, { ...full, kl: 0.04, klBase: 0.01 }]));
    const [first, second] = ofColour(ofClass(svg, 'dot'), palette.kl).map(({ attributes }) =>
      Number(attributes['cy']),
    );
    const [base, other] = ofColour(ofClass(svg, 'dot'), palette.klBase).map(({ attributes }) =>
      Number(attributes['cy']),
    );
    expect(second).toBeLessThan(first ?? 0);
    expect([base, other]).toEqual([second, first]);
  });

  test('a step that was skipped has a column in every panel, is counted, and breaks the lines', () => {
    const svg = runSvg(chartOf([full, full, { isSkipped: true, ess: 0.2 }, full, full]));
    const columns = ofClass(svg, 'skipped');
    expect(columns).toHaveLength(4);
    const middles = columns.map(
      ({ attributes }) => Number(attributes['x']) + Number(attributes['width']) / 2,
    );
    const [, , skippedDot] = ofColour(ofClass(svg, 'dot'), palette.ess);
    for (const middle of middles) expect(middle).toBeCloseTo(Number(skippedDot?.attributes['cx']), 0);
    const lines = ofClass(svg, 'line');
    expect(ofColour(lines, palette.reward).map(corners)).toEqual([2, 2]);
    expect(ofColour(lines, palette.ess).map(corners)).toEqual([5]);
    expect(texts(svg)).toContain('steps · 1 skipped, on a darker ground');
    expect(ofClass(runSvg(chartOf([full, full])), 'skipped')).toEqual([]);
  });

  test('lines are broken where steps are left out too', () => {
    const points = [1, 2, 5].map((step) => ({ ...full, step, isSkipped: false }));
    expect(ofColour(ofClass(runSvg(chartOf([], { points })), 'line'), palette.reward).map(corners)).toEqual([
      2,
    ]);
  });

  test('one step is one dot in each line', () => {
    const svg = runSvg(chartOf([full]));
    expect(ofClass(svg, 'dot')).toHaveLength(5);
    expect(ofClass(svg, 'line')).toEqual([]);
    expect(texts(svg)).toContain('1');
  });

  test('a lone skipped step does not fill the plots', () => {
    const [column] = ofClass(runSvg(chartOf([{ isSkipped: true }])), 'skipped');
    expect(Number(column?.attributes['width'])).toBeLessThanOrEqual(60);
  });

  test('a panel without values says so, and KL to the base stands alone', () => {
    const shown = texts(runSvg(chartOf([{ isSkipped: true }, { klBase: 0.3 }])));
    expect(shown).toEqual(
      expect.arrayContaining([
        'No rewards were told',
        'Entropy was not measured',
        'It was not measured',
        'latest – and 0.3',
      ]),
    );
    expect(shown).not.toContain('KL was not measured');
    expect(texts(runSvg(chartOf([{}])))).toContain('KL was not measured');
  });

  test('tiny KL looks tiny, and one below 0 has room', () => {
    const heights = ofColour(ofClass(runSvg(chartOf([{ kl: 0.0001 }, { kl: 0 }])), 'dot'), palette.kl).map(
      ({ attributes }) => Number(attributes['cy']),
    );
    expect(Math.abs((heights[0] ?? 0) - (heights[1] ?? 0))).toBeLessThan(3);
    expect(texts(runSvg(chartOf([{ kl: -0.03 }])))).toContain('−0.04');
  });

  test('without steps it says when the picture begins', () => {
    expect(texts(runSvg(chartOf([])))).toEqual([
      'Run 5',
      'weights, done',
      'There is no data yet.',
      'The picture begins with the first step.',
    ]);
  });
});

test.each([1, 2, 3, 8, 24, 32, 100, 2_000])('labels never meet with %i steps', (count) => {
  const svg = runSvg(
    chartOf(Array.from({ length: count }, (_, index) => ({ ...full, isSkipped: index % 3 === 1 }))),
  );
  expectNoOverlap(svg);
  expect(texts(svg).filter((text) => /^\d{1,4}$/.test(text)).length).toBeGreaterThanOrEqual(
    Math.min(count, 8),
  );
});

const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true });
const optional = fc.option(anyNumber, { nil: undefined });
const anyText = fc.string({ unit: 'binary', maxLength: 80 });
const anyChart: fc.Arbitrary<RunChart> = fc.record({
  title: anyText,
  subtitle: anyText,
  points: fc.array(
    fc
      .record({
        step: fc.oneof(anyNumber, fc.nat(40)),
        reward: optional,
        kl: fc.oneof(optional, fc.double({ min: -0.1, max: 0.5, noNaN: true })),
        klBase: optional,
        entropy: fc.oneof(optional, fc.double({ min: 0, max: 3, noNaN: true })),
        ess: optional,
        isSkipped: fc.boolean(),
      })
      .map(({ step, reward, kl, klBase, entropy, ess, isSkipped }) => ({
        step,
        ...(reward === undefined ? {} : { reward }),
        ...(kl === undefined ? {} : { kl }),
        ...(klBase === undefined ? {} : { klBase }),
        ...(entropy === undefined ? {} : { entropy }),
        ...(ess === undefined ? {} : { ess }),
        isSkipped,
      })),
    { maxLength: 40 },
  ),
});

test('any finite numbers and any texts give a well-formed picture whose labels do not meet', () => {
  fc.assert(
    fc.property(anyChart, (chart) => {
      const svg = runSvg(chart);
      expect(svg).not.toMatch(/"[^"]*(NaN|Infinity|undefined)[^"]*"/);
      expect(readSvg(svg)[0]?.name).toBe('svg');
      expect(runSvg(structuredClone(chart))).toBe(svg);
      expectNoOverlap(svg);
    }),
    { numRuns: 200 },
  );
});

test('the picture is a PNG that shows the lines and the skipped steps', async () => {
  const chart = createChart();
  const picture = readPng(await chart.trainingRun(chartOf([full, { isSkipped: true }, full])));
  expect(picture.width).toBe(1000);
  expect(picture.isOpaque).toBe(true);
  for (const colour of [palette.reward, palette.kl, palette.klBase, palette.entropy, palette.ess]) {
    expect(picture.count(colour)).toBeGreaterThan(144);
  }
  expect(picture.count(palette.skipped)).toBeGreaterThan(10_000);
  const load = async () => async () => Promise.reject(new Error('broken'));
  await expect(createChart({ load }).trainingRun(chartOf([full]))).rejects.toMatchObject({
    name: 'AppError',
  });
});
