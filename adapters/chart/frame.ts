import { type FrameColours, palette, sizes } from './palette.ts';
import { element, oneLine, textAt } from './svg.ts';
import { fitting } from './text-width.ts';

export const pictureWidth = 1000;
/** The font that the rasteriser brings. */
export const fontFamily = 'DejaVu Sans';
/** Where plots begin and end from left to right. */
export const plotLeft = 76;
export const plotRight = 970;
/** Below it begins what is not title. */
export const headBottom = 84;

export interface Head {
  readonly title: string;
  readonly subtitle: string;
}

/** What stands below the head, and how high the whole picture is. */
export interface PictureBody {
  readonly height: number;
  readonly inside: string;
}

function drawHead({ title, subtitle }: Head, { ink, soft }: FrameColours): string {
  const width = plotRight - 30;
  return (
    textAt(30, 46, fitting(oneLine(title), sizes.title, width, true), {
      size: sizes.title,
      fill: ink,
      isBold: true,
    }) +
    textAt(30, 72, fitting(oneLine(subtitle), sizes.subtitle, width), {
      size: sizes.subtitle,
      fill: soft,
    })
  );
}

/** In place of plots where there is nothing to draw. `when`: a sentence on when there will be. */
export function emptyBody(when: string, { soft }: FrameColours = palette): PictureBody {
  const style = { fill: soft, anchor: 'middle' } as const;
  const inside =
    textAt(pictureWidth / 2, 165, 'There is no data yet.', { ...style, size: sizes.title }) +
    textAt(pictureWidth / 2, 195, when, { ...style, size: sizes.subtitle });
  return { height: 260, inside };
}

/** The whole picture as SVG. */
export function framed(head: Head, { height, inside }: PictureBody, colours: FrameColours = palette): string {
  const ground = element('rect', { width: pictureWidth, height, fill: colours.ground });
  const frame = element('rect', {
    x: 0.5,
    y: 0.5,
    width: pictureWidth - 1,
    height: height - 1,
    fill: 'none',
    stroke: colours.frame,
  });
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: pictureWidth,
      height,
      viewBox: `0 0 ${pictureWidth} ${height}`,
      'font-family': fontFamily,
    },
    ground + frame + drawHead(head, colours) + inside,
  );
}
