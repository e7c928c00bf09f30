import type { SeenLinks } from '../../contract/link-spoofing.ts';

export interface ReadMarkdown extends SeenLinks {
  /** What Discord would take for markup: `bold`, `italic`, `underline`, `strike`, `spoiler`, `code`, `fence`, `quote`, `list`, `heading`, `subtext`, `link`, `mention`, `emoji`, `time`. */
  readonly markup: readonly string[];
  /** Pieces of the text and how each looks. */
  readonly spans: readonly Span[];
}

export interface Span {
  readonly text: string;
  readonly styles: readonly string[];
  readonly url?: string;
}

interface Context {
  /** What stands before the source on its line. */
  readonly before: 'nothing' | 'blanks' | 'words';
  readonly isInQuote: boolean;
  readonly listDepth: number;
  readonly styles: readonly string[];
}

type Reader = (source: string, at: number, context: Context, out: Span[]) => number | undefined;

const match = (pattern: RegExp, source: string, at: number): RegExpExecArray | null => {
  const sticky = new RegExp(pattern.source, `${pattern.flags}y`);
  sticky.lastIndex = at;
  return sticky.exec(source);
};

function beforeAt(source: string, at: number, context: Context): Context['before'] {
  const start = source.lastIndexOf('\n', at - 1) + 1;
  const isFirst = start === 0;
  if (source.slice(start, at).trim() !== '' || (isFirst && context.before === 'words')) return 'words';
  return at > start || (isFirst && context.before === 'blanks') ? 'blanks' : 'nothing';
}

const inner = (source: string, at: number, context: Context, style: string): Context => ({
  ...context,
  before: beforeAt(source, at, context),
  styles: [...context.styles, style],
});

/** Between two signs, with what is inside read in its turn. */
const between =
  (style: string, pattern: RegExp): Reader =>
  (source, at, context, out) => {
    const found = match(pattern, source, at);
    if (found === null) return undefined;
    read(found[1] ?? '', inner(source, at, context, style), out);
    return at + found[0].length;
  };

const token =
  (style: string, pattern: RegExp): Reader =>
  (source, at, context, out) => {
    const found = match(pattern, source, at);
    if (found === null) return undefined;
    out.push({ text: found[0], styles: [...context.styles, style] });
    return at + found[0].length;
  };

const italicPattern = /\*(?!\s)((?:\\[\s\S]|\*\*|[^*\\])+?)(?<!\s) {0,2}\*(?!\*)/;
const boldPattern = /\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)/;

/** Of bold and italics that begin at one place the longer one counts. */
const stars: Reader = (source, at, context, out) => {
  const italic = match(italicPattern, source, at);
  const bold = match(boldPattern, source, at);
  if (italic === null && bold === null) return undefined;
  const isBold = (bold?.[0].length ?? 0) > (italic?.[0].length ?? 0);
  return between(isBold ? 'bold' : 'italic', isBold ? boldPattern : italicPattern)(source, at, context, out);
};

const escaped: Reader = (source, at, context, out) => {
  const found = match(/\\([\s\S])/u, source, at);
  if (found === null) return undefined;
  const isEscape = /[^A-Za-z0-9\s]/.test(found[1] ?? '');
  out.push({ text: isEscape ? (found[1] ?? '') : found[0], styles: context.styles });
  return at + found[0].length;
};

const fence: Reader = (source, at, context, out) => {
  const found = match(/```(?:([a-zA-Z0-9_+.-]*)\n)?([\s\S]*?[^\n][\s\S]*?)```/, source, at);
  if (found === null) return undefined;
  const text = (found[2] ?? '').replaceAll(/^\n+|\n+$/g, '');
  out.push({ text, styles: [...context.styles, 'fence'] });
  return at + found[0].length;
};

const code: Reader = (source, at, context, out) => {
  const found = match(/(`+)([\s\S]+?)(?<!`)\1(?!`)/, source, at);
  if (found === null) return undefined;
  const raw = found[2] ?? '';
  const bare = raw.replaceAll(/^ +| +$/g, '');
  const text = raw
    .replace(bare.startsWith('`') ? /^ / : /^$/, '')
    .replace(bare.endsWith('`') ? / $/ : /^$/, '');
  out.push({ text, styles: [...context.styles, 'code'] });
  return at + found[0].length;
};

const address: Reader = (source, at, context, out) => {
  const bare = match(/(?:https?|steam):\/\/[^\s<]+[^<.,:;"'\]\s]/, source, at);
  const bracketed = match(/<([^: >]+:\/[^ >]+)>/, source, at);
  const found = bare ?? bracketed;
  if (found === null) return undefined;
  const url = bare === null ? (bracketed?.[1] ?? '') : bare[0];
  out.push({ text: url, styles: [...context.styles, 'link'], url });
  return at + found[0].length;
};

const labelTokens =
  /https?:\/\/\w|<(?:@[!&]?|#|a?:\w+:|t:)\d|@everyone|@here|:\w+:|\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;

const masked: Reader = (source, at, context, out) => {
  const found = match(
    /\[((?:\[[^\]]*\]|[^[\]])*[^[]*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\[^\n])*?)>?(?:\s+['"]([\s\S]*?)['"])?\s*\)/,
    source,
    at,
  );
  if (found === null) return undefined;
  const [whole, label = '', url = ''] = found;
  if (!URL.canParse(url) || label.trim() === '' || labelTokens.test(label)) {
    out.push({ text: whole, styles: context.styles });
    return at + whole.length;
  }
  const parts: Span[] = [];
  // Nothing can be escaped in a label.
  read(label.replaceAll('\\', '\ue000'), { ...inner(source, at, context, 'link'), before: 'words' }, parts);
  for (const part of parts) out.push({ ...part, text: part.text.replaceAll('\ue000', '\\'), url });
  return at + whole.length;
};

const heading: Reader = (source, at, context, out) => {
  if (context.listDepth > 0 || beforeAt(source, at, context) !== 'nothing') return undefined;
  const found = match(/#{1,3}\s+(?!#)([^\n]*)\n?/, source, at);
  if (found === null) return undefined;
  const title = (found[1] ?? '').trimEnd().replace(/#+$/, '').trimEnd();
  if (title === '') return undefined;
  read(title, inner(source, at, context, 'heading'), out);
  out.push({ text: '\n', styles: [] });
  return at + found[0].length;
};

const subtext: Reader = (source, at, context, out) => {
  if (beforeAt(source, at, context) !== 'nothing') return undefined;
  return between('subtext', /-# +(?!-#)([^\n]+)\n?/)(source, at, context, out);
};

const quote: Reader = (source, at, context, out) => {
  if (context.isInQuote || beforeAt(source, at, context) === 'words') return undefined;
  const open = match(/>>> ([\s\S]*)/, source, at);
  const lines: string[] = [];
  let end = at;
  for (
    let line = match(/ *> ([^\n]*)\n?/, source, end);
    line !== null;
    line = match(/ *> ([^\n]*)\n?/, source, end)
  ) {
    lines.push(line[1] ?? '');
    end += line[0].length;
  }
  if (open === null && lines.length === 0) return undefined;
  const context2 = { ...inner(source, at, context, 'quote'), isInQuote: true };
  read(open === null ? lines.join('\n') : (open[1] ?? ''), context2, out);
  out.push({ text: '\n', styles: [] });
  return open === null ? end : source.length;
};

const list: Reader = (source, at, context, out) => {
  if (context.listDepth >= 11 || beforeAt(source, at, context) === 'words') return undefined;
  const pattern = /((?:[*-]|\d+\.) +)([^\n][^\n]*(?:\n [^\n]*)*)\n?/;
  let end = at;
  for (let item = match(pattern, source, end); item !== null; item = match(pattern, source, end)) {
    const [whole, bullet = '', content = ''] = item;
    const text = content.replaceAll(new RegExp(`^ {1,${bullet.length}}`, 'gm'), '');
    out.push({ text: /\d/.test(bullet) ? bullet : '• ', styles: [...context.styles, 'list'] });
    read(text, { ...inner(source, at, context, 'list'), listDepth: context.listDepth + 1 }, out);
    out.push({ text: '\n', styles: [] });
    end += whole.length;
  }
  return end === at ? undefined : end;
};

/** In the order in which they are tried at one place. */
const readers: readonly Reader[] = [
  escaped,
  fence,
  stars,
  between('italic', /_((?:\\[\s\S]|__|[^_\\])+?)_(?![a-zA-Z0-9_])/),
  between('underline', /__((?:\\[\s\S]|[^\\])+?)__(?!_)/),
  between('strike', /~~([\s\S]+?)~~(?!_)/),
  between('spoiler', /\|\|([\s\S]+?)\|\|/),
  code,
  token('time', /<t:-?\d+(?::[tTdDfFR])?>/),
  token('emoji', /<a?:\w+:\d+>|:\w+:/),
  token('mention', /<@[!&]?\d+>|<#\d+>|<\/[^:<>]+:\d+>|<id:\w+>|@everyone|@here/),
  address,
  masked,
  token('link', /discord(?:(?:app)?\.com\/invite|\.gg)\/\w+/),
  subtext,
  heading,
  quote,
  list,
];

function read(source: string, context: Context, out: Span[]): void {
  let words = '';
  const flush = (): void => {
    if (words !== '') out.push({ text: words.replaceAll(/ +(?=\n)/g, ''), styles: context.styles });
    words = '';
  };
  let at = 0;
  while (at < source.length) {
    const found: Span[] = [];
    let end: number | undefined;
    for (const reader of readers) {
      end = reader(source, at, context, found);
      if (end !== undefined) break;
    }
    if (end === undefined) {
      words += source.charAt(at);
      at += 1;
    } else {
      flush();
      out.push(...found);
      at = end;
    }
  }
  flush();
}

/**
 * Reads `content` as Discord's clients do, whose rules are a few patterns that are tried at each place. Where clients
 * differ it rather finds markup than none.
 */
export function readMarkdown(source: string): ReadMarkdown {
  const spans: Span[] = [];
  read(source.trim(), { before: 'nothing', isInQuote: false, listDepth: 0, styles: [] }, spans);
  const links: { from: number; to: number; url: string }[] = [];
  let text = '';
  for (const span of spans) {
    const last = links.at(-1);
    if (span.url !== undefined && last?.url === span.url && last.to === text.length)
      last.to += span.text.length;
    else if (span.url !== undefined)
      links.push({ from: text.length, to: text.length + span.text.length, url: span.url });
    text += span.text;
  }
  const markup = [...new Set(spans.flatMap((span) => span.styles))].sort();
  return { text, links, markup, spans };
}

/** Without the sign that takes no room and keeps others apart. */
export const withoutJoiners = (text: string): string => text.replaceAll('\u2060', '');
