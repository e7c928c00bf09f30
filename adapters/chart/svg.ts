import { cleanText } from '../../core/domain/clean-text.ts';

export type SvgAttributes = Readonly<Record<string, string | number>>;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Code points that XML does not allow, not even escaped, and that `cleanText` leaves. */
const forbidden = /[\ufffe\uffff]/g;

/** Any text as the inside of an element or of an attribute: one line, no character that XML does not allow. */
export function escapeXml(text: string): string {
  return oneLine(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

export function oneLine(text: string): string {
  return cleanText(text).replaceAll(forbidden, '').replaceAll(/\s+/g, ' ').trim();
}

/** A length in pixels, to a tenth: more digits only make the picture's text longer. */
function written(value: string | number): string {
  return typeof value === 'string' ? escapeXml(value) : String(Math.round(value * 10) / 10);
}

/** One element around `inside`, which is SVG already. */
export function element(name: string, attributes: SvgAttributes, inside = ''): string {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`);
  return `<${name}${list.join('')}${inside === '' ? '/>' : `>${inside}</${name}>`}`;
}

export interface TextStyle {
  readonly size: number;
  readonly fill: string;
  readonly isBold?: boolean;
  /** Default: `start`. */
  readonly anchor?: 'start' | 'middle' | 'end';
  /** A colour around the letters, for text that lines run below. */
  readonly halo?: string;
}

/** Foreign text at a base line. */
export function textAt(x: number, y: number, text: string, style: TextStyle): string {
  const { size, fill, isBold = false, anchor = 'start', halo } = style;
  return element(
    'text',
    {
      x,
      y,
      'font-size': size,
      fill,
      ...(isBold ? { 'font-weight': 'bold' } : {}),
      ...(anchor === 'start' ? {} : { 'text-anchor': anchor }),
      ...(halo === undefined ? {} : { stroke: halo, 'stroke-width': 6, 'paint-order': 'stroke' }),
    },
    escapeXml(text),
  );
}

/** The `d` of a path through points. */
export function pathThrough(points: readonly { readonly x: number; readonly y: number }[]): string {
  return points.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${written(x)} ${written(y)}`).join('');
}
