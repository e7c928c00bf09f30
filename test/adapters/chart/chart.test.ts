import { describe, expect, test } from 'vitest';
import { createChart } from '../../../adapters/chart/chart.ts';
import { palette } from '../../../adapters/chart/palette.ts';
import { loadRasteriser } from '../../../adapters/chart/rasterise.ts';
import type { SkillStatsPoint } from '../../../core/domain/skill-chart.ts';
import { readPng } from './read-png.ts';
import { dayMs, firstAt, sampleChart } from './sample-chart.ts';

const daily = (uses: readonly number[]): readonly SkillStatsPoint[] =>
  uses.map((count, index) => ({ at: firstAt + index * dayMs, uses: count }));

describe('the picture', () => {
  const chart = createChart();

  test('is a PNG 1,000 pixels wide that covers the chat behind it', async () => {
    const picture = readPng(await chart.skillStats(sampleChart()));
    expect(picture.width).toBe(1000);
    expect(picture.height).toBeGreaterThan(500);
    expect(picture.isOpaque).toBe(true);
  });

  test('is the same, byte for byte, for the same data', async () => {
    const data = sampleChart({ marks: [{ at: firstAt + 1, label: 'version 2' }] });
    expect(await createChart().skillStats(data)).toEqual(await chart.skillStats(data));
  });

  test('shows the uses: twice the bars, twice the colour', async () => {
    const of = async (uses: readonly number[]): Promise<number> =>
      readPng(await chart.skillStats(sampleChart({ points: daily(uses) }))).count(palette.uses);
    const [one, two] = [await of([0, 9, 0]), await of([9, 9, 0])];
    const swatch = 144;
    expect(one).toBeGreaterThan(2_000);
    expect((two - swatch) / (one - swatch)).toBeCloseTo(2, 1);
  });

  test('shows ratings and lift each in their colour', async () => {
    const without = readPng(await chart.skillStats(sampleChart({ points: daily([1, 1]) })));
    const points = daily([1, 1]).map((point) => ({ ...point, meanReward: 0.5, lift: 0.2 }));
    const picture = readPng(await chart.skillStats(sampleChart({ points })));
    for (const colour of [palette.reward, palette.lift]) {
      expect(picture.count(colour)).toBeGreaterThan(without.count(colour) + 100);
    }
  });

  test('shows its texts, with the font that comes along', async () => {
    const head = { left: 0, top: 20, right: 1000, bottom: 80 };
    const ink = async (title: string): Promise<number> =>
      readPng(await chart.skillStats(sampleChart({ title }))).count(palette.ink, head);
    expect(await ink('')).toBe(0);
    expect(await ink('greet-briefly')).toBeGreaterThan(500);
  });

  test.each(['</text><script>', '👩‍👩‍👧 日本語', 'שלום مرحبا', '\ud800\u0000\uffff'])(
    'can be drawn with the title %j',
    async (title) => {
      expect(readPng(await chart.skillStats(sampleChart({ title }))).width).toBe(1000);
    },
  );

  test('can be drawn without data', async () => {
    expect(readPng(await chart.skillStats(sampleChart({ points: [] }))).count(palette.uses)).toBe(0);
  });
});

describe('the rasteriser', () => {
  test('is loaded for the first picture, and once', async () => {
    let loads = 0;
    const chart = createChart({
      load: async () => {
        loads += 1;
        return async () => new Uint8Array([loads]);
      },
    });
    expect(loads).toBe(0);
    await Promise.all([chart.skillStats(sampleChart()), chart.skillStats(sampleChart())]);
    expect(await chart.skillStats(sampleChart())).toEqual(new Uint8Array([1]));
  });

  test('that cannot be loaded is an AppError, and is tried again', async () => {
    let loads = 0;
    const chart = createChart({
      load: async () => {
        loads += 1;
        if (loads === 1) throw new Error('no such module');
        return loadRasteriser();
      },
    });
    await expect(chart.skillStats(sampleChart())).rejects.toMatchObject({
      name: 'AppError',
      code: 'internal',
    });
    expect(readPng(await chart.skillStats(sampleChart())).width).toBe(1000);
  });

  test('that fails is an AppError', async () => {
    const load = async () => async () => Promise.reject(new Error('broken'));
    await expect(createChart({ load }).skillStats(sampleChart())).rejects.toMatchObject({ code: 'internal' });
  });

  test('rejects what is no picture', async () => {
    await expect((await loadRasteriser())('<svg')).rejects.toThrow();
  });
});
