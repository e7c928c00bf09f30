import type { Directives } from './directives.ts';

/** One sentence of an answer, with a word on what it is about. */
export interface Point {
  readonly about: string;
  readonly text: string;
  /** Where no list or table sets the points apart. */
  readonly beginsParagraph?: boolean;
}

/** Lays points out as the directives ask. `notice` and `lead` stand by themselves and count for no limit; `attachment` follows as it is. */
export function layOut(
  points: readonly Point[],
  directives: Directives,
  extras: { readonly notice?: string; readonly lead?: string; readonly attachment?: string } = {},
): string {
  const kept = points.slice(0, directives.maxSentences);
  const blocks = [
    ...directives.firstLines,
    extras.notice,
    extras.lead,
    inShape(kept, directives.shape),
    extras.attachment,
    ...directives.lastLines,
  ];
  return blocks.filter((block) => block !== undefined && block !== '').join('\n\n');
}

function inShape(points: readonly Point[], shape: Directives['shape']): string {
  switch (shape) {
    case 'numbered list':
      return points.map((point, index) => `${index + 1}. ${point.text}`).join('\n');
    case 'bullet list':
      return points.map((point) => `- ${point.text}`).join('\n');
    case 'table':
      return [
        '| About | Answer |',
        '| --- | --- |',
        ...points.map((point) => `| ${point.about} | ${point.text} |`),
      ].join('\n');
    case undefined:
      return points
        .map(({ text, beginsParagraph }, index) =>
          index === 0 ? text : `${beginsParagraph === true ? '\n\n' : ' '}${text}`,
        )
        .join('');
  }
}

/** A person's words on one line and shortened, with nothing in them that would be read as Markdown. */
export function plain(text: string, maxChars = 160): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > maxChars ? `${line.slice(0, maxChars - 1).trimEnd()}…` : line;
  return short.replaceAll(/[\\`*_{}[\]<>#|~]/g, (mark) => `\\${mark}`);
}

/** The words in quotation marks, ending a sentence. */
export function quotedEnd(text: string, maxChars?: number): string {
  const words = plain(text, maxChars);
  return `“${words}”${/[.!?…]$/.test(words) ? '' : '.'}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function enumerate(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
