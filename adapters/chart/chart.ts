import { toAppError } from '../../core/domain/app-error.ts';
import type { ChartPort } from '../../core/ports/chart.ts';
import { dark, light } from './palette.ts';
import { loadRasteriser, type Rasterise } from './rasterise.ts';
import { runSvg } from './run-svg.ts';
import { skillStatsSvg } from './skill-stats-svg.ts';
import { weekSvg } from './week-svg.ts';

export interface ChartOptions {
  /** Called for the first picture, and again after it failed. Default: `loadRasteriser`. */
  readonly load?: () => Promise<Rasterise>;
}

/** Draws charts as PNG, 1,000 pixels wide, on a ground of their own. The same data gives the same bytes. */
export function createChart({ load = loadRasteriser }: ChartOptions = {}): ChartPort {
  let loading: Promise<Rasterise> | undefined;

  function loaded(): Promise<Rasterise> {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  }

  async function draw(svg: () => string): Promise<Uint8Array> {
    try {
      const rasterise = await loaded();
      return await rasterise(svg());
    } catch (error) {
      throw toAppError(error);
    }
  }

  return {
    skillStats: (chart) => draw(() => skillStatsSvg(chart)),
    trainingRun: (chart) => draw(() => runSvg(chart)),
    week: (chart, look) => draw(() => weekSvg(chart, look?.isDark === true ? dark : light)),
  };
}
