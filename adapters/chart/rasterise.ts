import { createRequire } from 'node:module';
import { AppError } from '../../core/domain/app-error.ts';
import { fontFamily } from './frame.ts';

/** An SVG's picture as PNG. */
export type Rasterise = (svg: string) => Promise<Uint8Array>;

const fontFiles = ['dejavu-fonts-ttf/ttf/DejaVuSans.ttf', 'dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf'];

/**
 * Loads the rasteriser, which costs memory: wait until there is a picture to draw. It draws beside the event loop and
 * with the font of a package, so that pictures look the same on every machine. Rejects with `unsupported` where there
 * is no build of it for this machine, or its font is missing.
 */
export async function loadRasteriser(): Promise<Rasterise> {
  try {
    const paths = fontFiles.map((path) => createRequire(import.meta.url).resolve(path));
    const { renderAsync } = await import('@resvg/resvg-js');
    const options = {
      font: { loadSystemFonts: false, fontFiles: paths, defaultFontFamily: fontFamily },
      logLevel: 'off',
    } as const;
    return async (svg) => (await renderAsync(svg, options)).asPng();
  } catch (cause) {
    throw new AppError(
      'unsupported',
      'Pictures cannot be drawn on this machine. Install the bot’s packages again; where that does not help, there is no build for it.',
      { cause },
    );
  }
}
